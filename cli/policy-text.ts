import type { Mode } from '../shared/contract/remediator.ts';
import type { Diagnostic } from '../shared/policy/diagnostic.ts';
import type { Explanation } from '../shared/policy/explain.ts';
import type { Mismatch } from '../shared/policy/matcher.ts';
import type { Timing } from '../shared/policy/policy.ts';
import type { RuleVerdict } from '../shared/policy/rules.ts';
import type { PolicyFile } from './policy-file.ts';
import { printable } from './printable.ts';

/** Characters of a source line that are shown on each side of a place. */
const shownWidth = 60;

/** Diagnostics in the form of compilers: place, fault, the line, a caret below it, and the remedy. */
export function diagnosticsText({ name, text, reading }: PolicyFile): string {
  const lines = text.split('\n');
  return reading.diagnostics
    .map((diagnostic) => diagnosticText(name, diagnostic, lines[diagnostic.line - 1] ?? ''))
    .join('\n');
}

function diagnosticText(file: string, diagnostic: Diagnostic, source: string): string {
  const { line, column, severity, path, message, mend } = diagnostic;
  const start = Math.max(0, column - 1 - shownWidth);
  // A document must not move the cursor of the terminal that shows its faults.
  const shown = printable(source.slice(start, column - 1 + shownWidth));
  const caret = `${' '.repeat(printable(source.slice(start, column - 1)).length)}^`;
  return [
    printable(`${file}:${line}:${column}: ${severity}: ${path === '' ? '' : `${path}: `}${message}`),
    `  ${shown}`,
    `  ${caret}`,
    printable(`  ${mend}`),
    '',
  ].join('\n');
}

/** One line with the result for the document. */
export function summaryText({ name, reading }: PolicyFile): string {
  const count = (severity: string, word: string) => {
    const found = reading.diagnostics.filter((each) => each.severity === severity).length;
    return found === 0 ? [] : [`${found} ${word}${found === 1 ? '' : 's'}`];
  };
  const counts = [...count('error', 'error'), ...count('warning', 'warning')];
  const verdict = reading.accepted ? `valid, ${reading.accepted.policy.name}` : 'not valid';
  return `${printable(name)}: ${[verdict, ...counts].join(', ')}\n`;
}

/** Explanation: the ruling first, then the circumstances, then every rule in order. */
export function explanationText(explanation: Explanation, now: Date): string {
  const { policy, subject, ruling, exemption, timing, release, ownership, azureExemptions, approvers } =
    explanation;
  const facts: readonly (readonly [string, string])[] = [
    ['resource', subject.resource],
    ['control', `${subject.control} (severity ${subject.severity})`],
    ['policy', policy],
    [
      'mode',
      `${ruling.mode}, by ${ruling.rule === 'default' ? 'the control itself' : `rule ${ruling.rule}`}`,
    ],
    [
      'exempt',
      exemption === undefined
        ? 'no'
        : `yes, by ${exemption.rule} until ${exemption.expires.toISOString()}: ${exemption.reason} (${exemption.owner}, ${exemption.ticket})`,
    ],
    ['changes', exemption === undefined ? changesText(ruling.mode, timing, now) : 'none while it is exempt'],
    [
      'standing drift',
      release === undefined
        ? 'held until a person decides, or a rule releases it'
        : `treated like any other, by ${release}`,
    ],
    [
      'owner',
      ownership === undefined
        ? 'nobody'
        : `${ownership.owner}, due ${hours(ownership.dueInMs)} after first sight, by ${ownership.rule}`,
    ],
    [
      'Azure exemptions',
      azureExemptions === undefined
        ? 'do not count'
        : `count for at most ${azureExemptions.mostDays} days, by ${azureExemptions.rule}`,
    ],
    [
      'approvers',
      approvers.length === 0 ? 'nobody' : approvers.map(({ label, id }) => `${label} (${id})`).join(', '),
    ],
  ];
  const rules = explanation.rules.map(
    ({ name, mode, verdict }, index) => `  ${index + 1}. ${name} (${mode}): ${verdictText(verdict)}`,
  );
  const lines = [
    ...facts.map(([label, text]) => `${label.padEnd(17)} ${text}`),
    '',
    rules.length === 0 ? 'There are no rules.' : 'Rules, in their order:',
    ...rules,
  ];
  return lines.map((line) => `${printable(line)}\n`).join('');
}

/** Text with the time of a change. The mode comes first: windows and freezes apply only to automatic changes. */
function changesText(mode: Mode, timing: Timing, now: Date): string {
  switch (mode) {
    case 'off':
      return 'none: nobody looks';
    case 'observe':
      return 'none: drift is recorded, and left as it is';
    case 'approve':
      return 'when people have approved them, whenever that is';
    case 'auto':
      return timingText(timing, now);
  }
}

function timingText(timing: Timing, now: Date): string {
  if (timing.kind === 'open') {
    return `may be made at ${now.toISOString()}`;
  }
  const why = timing.reason === 'frozen' ? 'frozen' : 'outside the window';
  const until = timing.opensAt === undefined ? 'no end is in sight' : `until ${timing.opensAt.toISOString()}`;
  return `wait: ${why} (${timing.rule}), ${until}`;
}

function hours(ms: number): string {
  return ms % 3_600_000 === 0 ? `${ms / 3_600_000} h` : `${ms / 60_000} min`;
}

const mismatchTexts: Readonly<Record<Mismatch, string>> = {
  scope: 'is about other scopes',
  type: 'is about other types of resource',
  control: 'is about other controls',
  severity: 'is about other severities',
  tag: 'asks for a tag that the resource does not have',
};

function verdictText(verdict: RuleVerdict): string {
  switch (verdict.kind) {
    case 'decides':
      return 'DECIDES';
    case 'mismatch':
      return mismatchTexts[verdict.by];
    case 'tag-may-not-loosen':
      return 'matches, and is passed over: a tag that is not protected can make the mode stricter only';
    case 'not-reached':
      return 'matches, and another rule decides';
  }
}
