import { halfPace, readQuotas } from '../../azure/quotas.ts';
import type { SweepProgress } from '../../work/sweep-run.ts';
import type { LookCost } from './needs-look.ts';

/**
 * The time of the next look, chosen so that all looks together use half of each quota. The pace is kept with the
 * progress: a resumed sweep goes on at the same pace. `provider` is the namespace, `region` the place of the resource.
 */
export function nextTurn(
  progress: Pick<SweepProgress, 'lanes'>,
  { reads, lists }: LookCost,
  { provider, region }: { readonly provider: string; readonly region: string },
  now: Date,
): Date {
  const quotas = readQuotas.providers[provider.toLowerCase()];
  const place = `${provider} ${region}`.toLowerCase();
  const lanes: [string, number][] = [
    ['resource-manager', (reads + lists) * halfPace(readQuotas.resourceManager)],
  ];
  if (quotas !== undefined) {
    lanes.push([`read ${place}`, reads * halfPace(quotas.read)]);
    if (lists > 0) {
      lanes.push([`list ${place}`, lists * halfPace(quotas.list)]);
    }
  }
  const turn = Math.max(now.getTime(), ...lanes.map(([lane]) => Date.parse(progress.lanes[lane] ?? '') || 0));
  for (const [lane, taken] of lanes) {
    progress.lanes[lane] = new Date(turn + taken).toISOString();
  }
  return new Date(turn);
}
