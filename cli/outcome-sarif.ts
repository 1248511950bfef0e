import { createHash } from 'node:crypto';
import { isAbsolute, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { RemediatorMeta } from '../shared/contract/remediator.ts';
import type { Severity } from '../shared/contract/observation.ts';
import type { Place } from '../shared/preview/body.ts';
import type { FoundUnknown } from '../shared/preview/found.ts';
import type { Outcome } from '../shared/preview/outcome.ts';
import { differenceText, undoText, wouldText } from './outcome-table.ts';
import { printable } from './printable.ts';

type Level = 'error' | 'warning' | 'note';

const levels = { critical: 'error', high: 'error', medium: 'warning', low: 'note' } as const satisfies Record<
  Severity,
  Level
>;
/** Scores that GitHub's code scanning reads as critical, high, medium and low. */
const scores = { critical: '9.5', high: '8.0', medium: '5.5', low: '2.0' } as const satisfies Record<
  Severity,
  string
>;

export interface SarifInput {
  readonly outcomes: readonly Outcome[];
  readonly unknowns: readonly FoundUnknown[];
  readonly metas: readonly RemediatorMeta[];
  readonly notices: readonly string[];
  /** False tells code scanning that results are missing, so that it closes no alert whose result is absent. */
  readonly isWhole: boolean;
}

/** Findings as SARIF 2.1.0: a rule for each control, a result for each drift and for each unknown. */
export async function outcomeSarif({
  outcomes,
  unknowns,
  metas,
  notices,
  isWhole,
}: SarifInput): Promise<string> {
  const { SarifBuilder, SarifRunBuilder } = await import('node-sarif-builder');
  const run = new SarifRunBuilder().initSimple({
    toolDriverName: 'leakstop',
    toolDriverVersion: '0.1.0',
  });
  run.run.tool.driver.rules = metas.map(ruleOf);
  run.run.columnKind = 'utf16CodeUnits';
  run.run.invocations = [
    {
      executionSuccessful: isWhole,
      ...(notices.length === 0
        ? {}
        : {
            toolExecutionNotifications: notices.map((text) => ({
              level: isWhole ? 'warning' : 'error',
              message: { text },
            })),
          }),
    },
  ];
  const indexOf = (id: string | undefined): number => metas.findIndex((meta) => meta.id === id);
  run.run.results = [
    ...outcomes.map((outcome) => driftResult(outcome, indexOf(outcome.control))),
    ...unknowns.map((unknown) => unknownResult(unknown, indexOf(unknown.control))),
  ];
  const builder = new SarifBuilder({ $schema: 'https://json.schemastore.org/sarif-2.1.0.json' });
  builder.addRun(run);
  return `${JSON.stringify(builder.buildSarifOutput(), null, 2)}\n`;
}

function ruleOf(meta: RemediatorMeta) {
  const { mcsb, cis, policy, docs } = meta.references;
  const references = [
    ...(mcsb === undefined ? [] : [`Microsoft Cloud Security Benchmark ${mcsb}`]),
    ...(cis === undefined ? [] : [`CIS Microsoft Azure Foundations ${cis}`]),
    ...(policy === undefined ? [] : [`Azure Policy ${policy}`]),
  ];
  const text = [meta.rationale, `What may stop working when it is closed: ${meta.impact}`, ...references];
  return {
    id: meta.id,
    shortDescription: { text: meta.title },
    fullDescription: { text: meta.rationale },
    help: { text: text.join('\n\n'), markdown: text.map(escapeMarkdown).join('\n\n') },
    ...(docs[0] === undefined ? {} : { helpUri: docs[0] }),
    defaultConfiguration: { level: levels[meta.severity] },
    properties: { tags: ['security', 'azure'], 'security-severity': scores[meta.severity] },
  };
}

function escapeMarkdown(text: string): string {
  return text.replace(/[\\`*_[\]<>]/g, String.raw`\$&`);
}

function driftResult(outcome: Outcome, ruleIndex: number) {
  const differences = outcome.differences.map(differenceText).join(', ');
  const undo = outcome.undo === undefined ? '' : ` Undo: ${undoText(outcome.undo)}.`;
  const text = `${outcome.resource}: ${differences}. Would ${wouldText(outcome)} (mode ${outcome.mode}, rule ${outcome.rule}).${undo}`;
  return {
    ...base(outcome.resource, outcome.control, ruleIndex, outcome.place),
    level: outcome.does === 'ignore' ? ('note' as const) : levels[outcome.severity],
    message: { text: printable(text) },
    properties: { does: outcome.does, witnessed: outcome.witnessed, severity: outcome.severity },
    ...(outcome.reason === 'exempt' || outcome.does === 'ignore'
      ? {
          suppressions: [
            { kind: 'external' as const, justification: printable(`rule ${outcome.rule} of the policy`) },
          ],
        }
      : {}),
  };
}

/** A result for an unknown. It has the lowest level of a failure, since code scanning shows only failures. */
function unknownResult({ resource, control, why, place }: FoundUnknown, ruleIndex: number) {
  return {
    ...base(resource, control ?? 'not-known', ruleIndex, place),
    level: 'note' as const,
    message: { text: printable(`${resource}: not known: ${why}.`) },
    properties: { does: 'unknown' },
  };
}

function base(resource: string, ruleId: string, ruleIndex: number, place: Place | undefined) {
  const key = createHash('sha256').update(`${resource.toLowerCase()}\n${ruleId}`).digest('hex');
  return {
    ruleId,
    ...(ruleIndex === -1 ? {} : { ruleIndex }),
    partialFingerprints: { 'leakstopDrift/v1': key },
    locations: [
      {
        logicalLocations: [{ fullyQualifiedName: printable(resource), kind: 'resource' }],
        ...(place === undefined ? {} : { physicalLocation: physical(place) }),
      },
    ],
  };
}

/** Place of a file relative to the working directory, as code scanning requires. */
function physical({ file, line }: Place) {
  const path = isAbsolute(file) ? relative('', file) : file;
  const uri = path.startsWith('..') ? pathToFileURL(file).href : encodeURI(path.replaceAll('\\', '/'));
  return { artifactLocation: { uri }, region: { startLine: line } };
}
