import { commandRights } from './command-rights.ts';
import { originOf, renderJson, table } from './rendering.ts';
import { type Right, rights, roleOf, scopeOf } from './rights.ts';

const origin = originOf('shared/catalogue/rights.ts and command-rights.ts');

/** The rights of each app and of each command, for whoever deploys (`infra/generated/rights.json`). */
export function renderRights(): string {
  return renderJson(origin, { ...assignments(rights), commands: assignments(commandRights) });
}

function assignments(holders: Readonly<Record<string, readonly Right[]>>): Record<string, unknown> {
  const entries = Object.entries(holders).map(([holder, held]) => [
    holder,
    held.map((right) => ({
      place: right.place,
      name: right.name,
      scope: scopeOf(right),
      ...roleOf(right),
    })),
  ]);
  return Object.fromEntries(entries) as Record<string, unknown>;
}

/** The same for readers and reviewers, with reasons (`infra/generated/rights.md`). */
export function renderRightsPage(): string {
  return [
    `<!-- ${origin} -->`,
    '',
    '# Rights',
    '',
    'Each row is a role assignment at the scope of one table, queue, container or key. Actions are named behind the type of the place;',
    'whole they stand in [`rights.json`](rights.json). A key is named by the setting that has its address.',
    '',
    ...Object.entries(rights).flatMap(([app, held]) => section(`## ${app}`, held)),
    '## Commands',
    '',
    'Commands that go past the service act with the login of whoever runs them. Whoever erases, rebuilds or resumes holds the rights for',
    'no longer than that takes.',
    '',
    ...Object.entries(commandRights).flatMap(([command, held]) => section(`### leakstop ${command}`, held)),
  ].join('\n');
}

function section(heading: string, held: readonly Right[]): readonly string[] {
  return [
    heading,
    '',
    ...table(
      ['On', 'May', 'Since it'],
      held.flatMap(({ place, name, actions }) =>
        Object.entries(actions).map(([action, why]) => [`${place} \`${name}\``, `\`${action}\``, why]),
      ),
    ),
    '',
  ];
}
