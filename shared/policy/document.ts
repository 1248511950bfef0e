import { z } from 'zod';
import {
  cidr,
  controlPattern,
  duration,
  entryName,
  guid,
  listOf,
  mode,
  moment,
  oneOrMany,
  resourceType,
  scope,
  sentence,
  severity,
  tagName,
  tagValue,
  timeOfDay,
  timeZone,
  weekday,
  whole,
} from './scalars.ts';

const scopes = oneOrMany(scope).describe(
  'Where: ARM ids of subscriptions, resource groups or resources, which cover everything below them; "*" is everywhere.',
);
const controls = oneOrMany(controlPattern).describe(
  'Which controls: ids, or beginnings of ids with "*" at the end, such as "storage-account-*"; "*" is every control.',
);
const anyScope = scopes.optional().describe('Where; everywhere when absent.');
const anyControl = controls.optional().describe('Which controls; every control when absent.');
const exceptCritical = z
  .boolean('expected true or false')
  .optional()
  .describe('True lets drift of critical severity be closed all the same.');

const Rule = z.strictObject({
  name: entryName,
  scope: anyScope,
  type: oneOrMany(resourceType).optional().describe('Types of the judged resource; every type when absent.'),
  control: anyControl,
  tag: z
    .record(tagName, tagValue)
    .refine((tags) => Object.keys(tags).length > 0, { error: 'expected at least one tag' })
    .optional()
    .describe(
      'Tags that the resource must all have. A tag that is not in protectedTags can make the mode stricter only.',
    ),
  severity: z
    .union([severity, z.array(severity).min(1, 'expected at least one')], {
      error: 'expected a severity or a list of severities',
    })
    .optional()
    .describe('Severities of the drift; every severity when absent.'),
  mode: mode.describe(
    'off: nothing; observe: the case is recorded and shown; approve: a person is asked first; auto: it is closed at once.',
  ),
  settings: z
    .strictObject({})
    .optional()
    .describe('Reserved for settings of controls; there are none yet, so it must be empty.'),
});

const Exemption = z.strictObject({
  name: entryName,
  scope: scopes,
  control: controls,
  owner: sentence.describe('Who carries the risk.'),
  reason: sentence.describe('Why the drift may stand. It goes into the ledger.'),
  ticket: sentence.describe('Where it was decided, such as the id of a ticket.'),
  created: moment.describe(
    'From when it holds: a day, which begins at 00:00 UTC, or a time with its offset.',
  ),
  expires: moment.describe(
    'The first moment at which it no longer holds; at most limits.exemptionDays after created.',
  ),
});

const Approvers = z.strictObject({
  name: entryName,
  scope: scopes,
  principals: z
    .array(
      z.strictObject({
        id: guid.describe('Object id of a user or group in Microsoft Entra.'),
        label: sentence.describe('Who that is, for readers; it grants nothing.'),
      }),
    )
    .min(1, 'expected at least one')
    .max(50, 'expected at most 50 entries')
    .describe('Who may decide.'),
  quorum: whole(1, 5)
    .optional()
    .describe('How many of them have to agree: 1 to 5; 1 when absent. Of several entries the largest holds.'),
});

const Networks = z.strictObject({
  approved: listOf(
    z.strictObject({
      name: entryName,
      cidr: oneOrMany(cidr).describe('Ranges of addresses of that network.'),
    }),
  )
    .optional()
    .describe('Networks from which resources may be reached.'),
  guardedSubnets: listOf(
    z
      .string()
      .regex(
        /^\/subscriptions\/[0-9a-f-]{36}\/resourceGroups\/[^/\s]+\/providers\/Microsoft\.Network\/virtualNetworks\/[^/\s]+\/subnets\/[^/\s]+$/i,
        'expected the id of a subnet ("/subscriptions/.../virtualNetworks/<name>/subnets/<name>")',
      )
      .describe('ARM id of a subnet.'),
  )
    .optional()
    .describe('Subnets that nobody may open to the Internet.'),
});

const Ownership = z.strictObject({
  name: entryName,
  scope: anyScope,
  control: anyControl,
  owner: sentence.describe('Who answers for the drift.'),
  due: duration('5m', '365d').describe('How long after its first sight drift may stand: 30m, 4h, 3d.'),
});

const Window = z.strictObject({
  name: entryName,
  scope: anyScope,
  control: anyControl,
  days: z
    .array(weekday)
    .min(1, 'expected at least one')
    .max(7, 'expected at most 7 entries')
    .describe('Days on which it opens. One that passes midnight belongs to the day on which it opens.'),
  from: timeOfDay.describe('When it opens, on the clock of the zone: "22:00".'),
  to: timeOfDay.describe('When it closes; earlier than "from" is on the next day.'),
  zone: timeZone,
  exceptCritical,
});

const Freeze = z.strictObject({
  name: entryName,
  scope: anyScope,
  control: anyControl,
  from: moment,
  until: moment.describe('The first moment at which it no longer holds.'),
  reason: sentence.describe('Why nothing is changed meanwhile.'),
  exceptCritical,
});

const LimitsOfChange = z.strictObject({
  exemptionDays: whole(1, 365)
    .optional()
    .describe('How many days an exemption may hold at most: 1 to 365; 90 when absent.'),
  decisionTime: duration('1m', '30d')
    .optional()
    .describe('How long a question to people, and an approval, stands: 1m to 30d; 3d when absent.'),
  changesPerHour: whole(1, 10_000)
    .optional()
    .describe('Changes that may be started in one subscription in one hour: 1 to 10000; 200 when absent.'),
  tenantChangesPerHour: whole(1, 100_000)
    .optional()
    .describe('Changes that may be started in all subscriptions in one hour: 1 to 100000; 1000 when absent.'),
  criticalReserve: z
    .number()
    .min(0, 'expected a number from 0 to 0.9')
    .max(0.9, 'expected a number from 0 to 0.9')
    .optional()
    .describe(
      'Part of both budgets that only drift of high and critical severity may use: 0 to 0.9; 0.2 when absent.',
    ),
  breaker: z
    .strictObject({
      failures: whole(1, 100).describe('So many failed verifications or undos, 1 to 100, ...'),
      within: duration('10m', '30d').describe('... within that time: 10m to 30d.'),
    })
    .optional()
    .describe(
      'What stops the automatic repair of a control in a subscription, or everywhere if several owners are concerned; 5 failures within 24h when absent.',
    ),
  tugOfWar: z
    .strictObject({
      rounds: whole(2, 100).describe('Closed so often, 2 to 100, ...'),
      within: duration('10m', '30d').describe('... within that time: 10m to 30d.'),
    })
    .optional()
    .describe(
      'When people are told of a drift that comes back, and one of low or medium severity is no longer closed by itself; 3 rounds within 24h when absent.',
    ),
});

/** The policy document, as written. Each field describes itself to editors. */
export const PolicyDocument = z
  .strictObject({
    $schema: z.string().max(2_000, 'expected at most 2000 characters').optional().describe('For editors.'),
    format: z.literal(1, 'expected 1').describe('Version of this format: 1.'),
    rules: listOf(Rule)
      .optional()
      .describe(
        'What is done about drift: the first rule that matches decides. Where none does, the control decides.',
      ),
    exemptions: listOf(Exemption)
      .optional()
      .describe('Drift that may stand for a time. The first that holds counts.'),
    approvers: listOf(Approvers)
      .optional()
      .describe('Who may decide, by scope. Every entry that matches counts.'),
    networks: Networks.optional().describe(
      'Networks that are known. They are checked; no control uses them yet.',
    ),
    ownership: listOf(Ownership)
      .optional()
      .describe('Who answers for drift, and by when. The first that matches counts.'),
    windows: listOf(Window)
      .optional()
      .describe('When automatic changes may be made. Where several match, one that is open is enough.'),
    freezes: listOf(Freeze).optional().describe('When no automatic change may be made.'),
    limits: LimitsOfChange.optional().describe('What automatic repair may do at most.'),
    release: listOf(z.strictObject({ name: entryName, scope: scopes, control: controls }))
      .optional()
      .describe(
        'Drift that stood open before Leakstop watched, and may now be treated by the rules like any other.',
      ),
    azurePolicyExemptions: listOf(
      z.strictObject({
        name: entryName,
        scope: scopes,
        mostDays: whole(1, 365).describe(
          'One that has no expiry, or one further away than so many days, does not count: 1 to 365.',
        ),
      }),
    )
      .optional()
      .describe("Where Azure's own policy exemptions count."),
    protectedTags: listOf(tagName)
      .optional()
      .describe('Tags that the owner of a resource cannot write, so that rules may trust them.'),
  })
  .describe('What Leakstop may do: a mapping that begins with "format: 1".');

export type PolicyDocument = z.infer<typeof PolicyDocument>;
export type RuleEntry = z.infer<typeof Rule>;
export type ExemptionEntry = z.infer<typeof Exemption>;
export type WindowEntry = z.infer<typeof Window>;
export type FreezeEntry = z.infer<typeof Freeze>;
export type LimitsEntry = z.infer<typeof LimitsOfChange>;
