import type { FreezeEntry, WindowEntry } from './document.ts';
import type { Asked, Matcher } from './matcher.ts';
import { matcherOf, matches } from './matcher.ts';
import { momentOf } from './moment.ts';
import type { Timing } from './policy.ts';
import type { CompiledWindow } from './window.ts';
import { compileWindow, isOpen, nextOpening } from './window.ts';

interface Freeze {
  readonly name: string;
  readonly matcher: Matcher;
  readonly from: number;
  readonly until: number;
  readonly sparesCritical: boolean;
}

interface Window {
  readonly name: string;
  readonly matcher: Matcher;
  readonly window: CompiledWindow;
  readonly sparesCritical: boolean;
}

/** The freezes and windows of automatic changes. */
export interface Timetable {
  readonly freezes: readonly Freeze[];
  readonly windows: readonly Window[];
}

export function compileTimetable(
  windows: readonly WindowEntry[],
  freezes: readonly FreezeEntry[],
): Timetable {
  return {
    freezes: freezes.map((entry) => ({
      name: entry.name,
      matcher: matcherOf(entry),
      from: momentOf(entry.from),
      until: momentOf(entry.until),
      sparesCritical: entry.exceptCritical ?? false,
    })),
    windows: windows.map((entry) => ({
      name: entry.name,
      matcher: matcherOf(entry),
      window: compileWindow(entry),
      sparesCritical: entry.exceptCritical ?? false,
    })),
  };
}

/** A freeze closes, whatever windows say. One open window of several matching ones is enough. */
export function timingAt(timetable: Timetable, asked: Asked, now: Date): Timing {
  const isCritical = asked.severity === 'critical';
  const freezes = timetable.freezes.filter(
    ({ matcher, sparesCritical }) => !(isCritical && sparesCritical) && matches(matcher, asked),
  );
  const matching = timetable.windows.filter(({ matcher }) => matches(matcher, asked));
  const isSpared = isCritical && matching.some(({ sparesCritical }) => sparesCritical);
  const windows = isSpared ? [] : matching;
  const at = now.getTime();
  const freeze = frozenAt(freezes, at);
  if (freeze !== undefined) {
    const opensAt = openingOf(freezes, windows, at);
    return { kind: 'closed', reason: 'frozen', rule: freeze.name, opensAt };
  }
  const [window] = windows;
  if (window === undefined || windows.some((each) => isOpen(each.window, at))) {
    return { kind: 'open' };
  }
  const opensAt = openingOf(freezes, windows, at);
  return { kind: 'closed', reason: 'outside-window', rule: window.name, opensAt };
}

function frozenAt(freezes: readonly Freeze[], at: number): Freeze | undefined {
  return freezes.find(({ from, until }) => from <= at && at < until);
}

/** The first moment at which no freeze holds and a window is open. Each round leaves a freeze behind. */
function openingOf(freezes: readonly Freeze[], windows: readonly Window[], from: number): Date | undefined {
  let at = from;
  for (let round = 0; round <= freezes.length; round += 1) {
    for (let freeze = frozenAt(freezes, at); freeze !== undefined; freeze = frozenAt(freezes, at)) {
      at = freeze.until;
    }
    const opening =
      windows.length === 0 ? at : earliest(windows.map(({ window }) => nextOpening(window, at)));
    if (opening === undefined) {
      return undefined;
    }
    at = opening;
    if (frozenAt(freezes, at) === undefined) {
      return new Date(at);
    }
  }
  return undefined;
}

function earliest(moments: readonly (number | undefined)[]): number | undefined {
  const known = moments.filter((moment) => moment !== undefined);
  return known.length === 0 ? undefined : Math.min(...known);
}
