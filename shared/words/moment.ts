const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** Such as `24 Nov 2026, 19:52 UTC`. What is no time is shown as it stands. */
export function moment(time: number | string | Date): string {
  const date = new Date(time);
  if (Number.isNaN(date.getTime())) {
    return String(time);
  }
  const text = date.toISOString();
  return `${date.getUTCDate()} ${months[date.getUTCMonth()] ?? ''} ${text.slice(0, 4)}, ${text.slice(11, 16)} UTC`;
}
