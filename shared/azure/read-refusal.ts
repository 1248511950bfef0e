import { z } from 'zod';
import { defined } from '../defined.ts';
import { jsonOf } from '../text/json-text.ts';
import { unseen } from '../text/unseen.ts';
import type { Refusal } from '../refusal.ts';
import { redact } from '../text/secrets.ts';

/**
 * Reads from Azure's answer what forbids a write. Its wording decides nothing: the error code has told the kind
 * already, and an unexpected text only leaves names out. The texts are Azure's own, as public reports quote them.
 */

/** Most entries kept of each list. */
const mostNamed = 5;
const longestId = 1_000;
const longestName = 300;
/** Longer answers are not searched. */
const longestText = 65_536;

/**
 * `Microsoft.Authorization/locks` of all scopes above: "... because following scope(s) are locked: 'a,b'. Please
 * remove ...".
 */
export function readLocks(text: string): Refusal {
  const scopes = /following scope\(s\) are locked: '(?<scopes>[^']*)'/.exec(bounded(text))?.groups?.scopes;
  return { by: 'lock', scopes: ids(scopes?.split(',') ?? []) };
}

/** "... because of the deny assignment with name 'x' and Id 'y' at scope 'z'." A name may itself hold quotes. */
export function readDenyAssignment(text: string): Refusal {
  const groups =
    /the deny assignment with name '(?<name>.*?)' and Id '(?<id>[^']*)'(?: at scope '(?<scope>[^']*)')?/s.exec(
      bounded(text),
    )?.groups;
  const [id, name, scope] = [
    nameIn(groups?.id ?? '', longestId),
    nameIn(groups?.name ?? '', longestName),
    ids([groups?.scope ?? ''])[0],
  ];
  return {
    by: 'deny-assignment',
    ...defined({ id, name, scope }),
  };
}

type Named = Extract<Refusal, { by: 'policy' }>['assignments'][number];

const Violation = z.object({
  type: z.literal('PolicyViolation'),
  info: z.object({
    policyAssignmentId: z.string(),
    policyAssignmentDisplayName: z.string().nullish(),
    policyDefinitionId: z.string().nullish(),
    policyDefinitionDisplayName: z.string().nullish(),
  }),
});

/**
 * `additionalInfo` names each violation, and the message names them again: "Policy identifiers:
 * '[{"policyAssignment":{"name":"x","id":"y"},"policyDefinition":{...}}]'". Some answers have only one of the two.
 */
export function readPolicies(text: string, error: unknown): Refusal {
  const violations = violationsIn(error);
  const said = bounded(text);
  const assignments = [
    ...violations.map(({ info }) => named(info.policyAssignmentId, info.policyAssignmentDisplayName)),
    ...namedIn(said, 'policyAssignment'),
  ];
  const definitions = [
    ...violations.map(({ info }) => named(info.policyDefinitionId ?? '', info.policyDefinitionDisplayName)),
    ...namedIn(said, 'policyDefinition'),
  ];
  return { by: 'policy', assignments: once(assignments), definitions: once(definitions) };
}

function violationsIn(error: unknown): readonly z.infer<typeof Violation>[] {
  const found = z
    .object({ additionalInfo: z.array(z.unknown()) })
    .or(z.object({ details: z.array(z.object({ additionalInfo: z.array(z.unknown()) })).min(1) }))
    .safeParse(error).data;
  if (found === undefined) {
    return [];
  }
  const items =
    'additionalInfo' in found
      ? found.additionalInfo
      : found.details.flatMap(({ additionalInfo }) => additionalInfo);
  return items.slice(0, mostNamed).flatMap((item) => Violation.safeParse(item).data ?? []);
}

/** Pairs of name and id in a JSON text, even if the text around them is cut off. */
function namedIn(text: string, member: 'policyAssignment' | 'policyDefinition'): (Named | undefined)[] {
  const pattern = new RegExp(
    `"${member}":\\{"name":(?<name>"(?:[^"\\\\]|\\\\.)*"),"id":(?<id>"(?:[^"\\\\]|\\\\.)*")`,
    'g',
  );
  return [...text.matchAll(pattern)]
    .slice(0, mostNamed)
    .map(({ groups }) => named(textIn(groups?.id), textIn(groups?.name)));
}

function textIn(json: string | undefined): string {
  const parsed = jsonOf(json);
  return typeof parsed === 'string' ? parsed : '';
}

function named(id: string, name: string | null | undefined): Named | undefined {
  const [readId] = ids([id]);
  const readName = nameIn(name ?? '', longestName);
  return readId === undefined ? undefined : { id: readId, ...defined({ name: readName }) };
}

function once(all: readonly (Named | undefined)[]): Named[] {
  const known = new Map<string, Named>();
  for (const each of all) {
    if (each !== undefined && known.get(each.id.toLowerCase())?.name === undefined) {
      known.set(each.id.toLowerCase(), each);
    }
  }
  return [...known.values()].slice(0, mostNamed);
}

/** The texts that are Azure Resource Manager ids. */
function ids(texts: readonly string[]): string[] {
  return texts
    .map((text) => nameIn(text, longestId))
    .filter((text): text is string => text?.startsWith('/') === true)
    .slice(0, mostNamed);
}

/** A text that others chose, on one line, bounded, and without anything that looks like a secret. */
function nameIn(text: string, most: number): string | undefined {
  const safe = redact(text.replace(unseen, ' ').trim());
  if (safe === '') {
    return undefined;
  }
  return safe.length > most ? `${safe.slice(0, most - 1).toWellFormed()}…` : safe;
}

function bounded(text: string): string {
  return text.slice(0, longestText);
}
