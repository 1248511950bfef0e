import { type HolderOfRights, rights, roleOf, scopeOf } from './rights.ts';
import { originOf, renderJson, table } from './rendering.ts';

const origin = originOf('shared/catalogue/rights.ts');
const apps = Object.keys(rights) as readonly HolderOfRights[];

/** The rights of each app, for whoever deploys (`infra/generated/rights.json`). */
export function renderRights(): string {
  const holders = apps.map((app) => [
    app,
    rights[app].map((right) => ({
      place: right.place,
      name: right.name,
      scope: scopeOf(right),
      ...roleOf(right),
    })),
  ]);
  return renderJson(origin, Object.fromEntries(holders) as Record<string, unknown>);
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
    ...apps.flatMap((app) => [
      `## ${app}`,
      '',
      ...table(
        ['On', 'May', 'Since it'],
        rights[app].flatMap(({ place, name, actions }) =>
          Object.entries(actions).map(([action, why]) => [`${place} \`${name}\``, `\`${action}\``, why]),
        ),
      ),
      '',
    ]),
  ].join('\n');
}
