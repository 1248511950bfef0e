/** A duration for people: two digits behind the point. */
export function seconds(milliseconds: number): string {
  return `${(Math.max(0, milliseconds) / 1000).toFixed(2)} s`;
}
