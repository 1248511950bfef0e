import type { DriftWords, Mode, Remediator, RemediatorMeta } from '../contract/remediator.ts';
import { eventOperations } from './event-operations.ts';
import { originOf, renderJson, table } from './rendering.ts';
import { roleActions } from './role-actions.ts';

const origin = originOf('the metadata in remediators/');

const modes: Readonly<Record<Mode, string>> = {
  off: 'off: nothing',
  observe: 'observe: the case is recorded and shown',
  approve: 'approve: a person is asked first',
  auto: 'auto: it is closed at once',
};

/** The catalogue as a page for readers and reviewers (`remediators/README.md`). */
export function renderCatalogue(catalogue: readonly Remediator[]): string {
  const metas = catalogue.map(({ meta }) => meta);
  return [
    `<!-- ${origin} -->`,
    '',
    '# Controls',
    '',
    'Each control is one file of this folder. The mode is what is done about drift that opened while Leakstop watched,',
    'unless the policy says otherwise; drift that stood open before is always asked about.',
    '',
    ...table(
      ['Control', 'Severity', 'Mode'],
      metas.map((meta) => [`[${meta.title}](#${meta.id})`, meta.severity, meta.defaultMode]),
    ),
    '',
    metas.map(renderControl).join('\n\n'),
    '',
  ].join('\n');
}

function renderControl(meta: RemediatorMeta): string {
  return [
    `## ${meta.id}`,
    '',
    `${meta.title}.`,
    '',
    meta.rationale,
    '',
    ...table(
      ['', ''],
      [
        ['Severity', meta.severity],
        ['Mode', modes[meta.defaultMode]],
        ['A drift is told as', driftsOf(meta.drift)],
        ['Writes', meta.writes.length === 0 ? 'nothing: no change is offered' : code(meta.writes)],
        ['What may stop working', meta.impact],
        ['Undo', undoOf(meta)],
        ['Actions to observe', code(meta.permissions.observe)],
        ['Actions to change', code(meta.permissions.remediate)],
        ['References', referencesOf(meta.references)],
      ],
    ),
  ].join('\n');
}

/** Every sentence by which a drift of the control can be told. */
function driftsOf(drift: DriftWords): string {
  if (typeof drift === 'string') {
    return `… ${drift}`;
  }
  const { seen = {}, absent, otherwise, latent } = drift;
  return [
    ...Object.values(seen).map((phrase) => `… ${phrase}`),
    `… ${absent}`,
    `… ${otherwise.replace('{value}', '*value*')}`,
    ...(latent === undefined ? [] : [`… and while it is latent: “${latent}”`]),
  ].join('<br>');
}

function undoOf({ reversible, writes }: RemediatorMeta): string {
  if (writes.length === 0) {
    return 'nothing to undo';
  }
  return reversible
    ? "yes; a property that was absent comes back as Azure's documented default"
    : 'no: the change cannot be taken back';
}

function referencesOf({ policy, mcsb, cis, docs }: RemediatorMeta['references']): string {
  return [
    ...(policy === undefined ? [] : [`Azure Policy \`${policy}\``]),
    ...(mcsb === undefined ? [] : [`Microsoft Cloud Security Benchmark ${mcsb}`]),
    ...(cis === undefined ? [] : [`CIS Microsoft Azure Foundations ${cis}`]),
    ...docs.map((url) => `<${url}>`),
  ].join('<br>');
}

function code(names: readonly string[]): string {
  return names.length === 0 ? 'none' : names.map((name) => `\`${name}\``).join('<br>');
}

/** The actions of the custom roles, by identity (`infra/generated/role-actions.json`). */
export function renderRoleActions(catalogue: readonly Remediator[]): string {
  return renderJson(origin, { ...roleActions(catalogue) });
}

/** The filter of the Event Grid subscriptions (`infra/generated/event-filters.json`). */
export function renderEventFilters(catalogue: readonly Remediator[]): string {
  return renderJson(origin, {
    includedEventTypes: [
      'Microsoft.Resources.ResourceDeleteSuccess',
      'Microsoft.Resources.ResourceWriteSuccess',
    ],
    advancedFilters: [
      { operatorType: 'StringIn', key: 'data.operationName', values: eventOperations(catalogue) },
    ],
  });
}
