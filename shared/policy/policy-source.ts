import { defined } from '../defined.ts';
import type { Clock } from '../clock.ts';
import { timestamp } from '../clock.ts';
import { isTransient, RemediationError } from '../errors.ts';
import type { WriteOnceFiles } from '../ledger/write-once-files.ts';
import { sha256 } from '../ledger/format/json.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { Logger } from '../telemetry/logger.ts';
import { safeCause } from '../text/safe-cause.ts';
import { redact } from '../text/secrets.ts';
import type { Policy } from './policy.ts';
import { defaultPolicy } from './policy.ts';

/** The policy that holds now. */
export interface PolicySource {
  /**
   * The policy that holds now, answered from memory for 30 seconds.
   * @throws RemediationError only when no policy is remembered, and always a transient one: `policy-invalid` when the
   * document is not valid and none was ever in force, or when somebody has to mend something before it can be read
   */
  current(): Promise<Policy>;
}

/** The result of reading a document. */
export type DocumentReading =
  | { readonly kind: 'policy'; readonly policy: Policy }
  /** Reasons for the refusal: a line each, with the place in the document. */
  | { readonly kind: 'refused'; readonly faults: readonly string[] };

export interface PolicyParts {
  /** The container `policy`. */
  readonly files: Pick<WriteOnceFiles, 'read' | 'create'>;
  readonly ledger: Pick<Ledger, 'readRoot' | 'append'>;
  readonly read: (text: string) => Promise<DocumentReading>;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Name of the document in its container. */
export const policyDocument = 'policy.yaml';

const memoryInMs = 30_000;
/** Most faults that an entry lists; it counts the rest. */
const mostFaults = 10;

/** The policies that the head of the chain `service` knows. */
interface Known {
  /** Name of the policy that came into force last. */
  readonly inForce: string | undefined;
  /** Name of the document that was refused last: a refusal is recorded once. */
  readonly refused: string | undefined;
}

/** The memory of a process: its latest look. */
interface Last {
  policy: Policy | undefined;
  /** True if that look refused the document, though the policy holds. */
  isRefused: boolean;
}

/**
 * Reads the policy from its container. An invalid or missing document does not take effect: the policy before it
 * holds, from memory or, in a fresh process, from the text that was kept under its hash when it came into force.
 */
export function openPolicySource(parts: PolicyParts): PolicySource {
  const { clock, logger } = parts;
  let remembered: { readonly until: number; readonly policy: Promise<Policy> } | undefined;
  const last: Last = { policy: undefined, isRefused: false };

  const look = async (): Promise<Policy> => {
    try {
      last.policy = await readPolicy(parts, last);
      return last.policy;
    } catch (error) {
      const reason = safeCause(error).message;
      if (last.policy === undefined) {
        // Nothing is decided without a policy, and no work is given up for the lack of one.
        throw isTransient(error)
          ? error
          : new RemediationError('policy-invalid', `Cannot use the policy: ${reason}`, {
              cause: safeCause(error),
            });
      }
      // While our own storage is away, or refuses access, nobody can know of a change to the policy.
      const level = isTransient(error) ? 'warning' : 'error';
      logger[level]('The policy cannot be read: the last one holds', { policy: last.policy.name, reason });
      return last.policy;
    }
  };

  return {
    current: () => {
      const now = clock.now().getTime();
      if (remembered === undefined || now >= remembered.until) {
        const entry = { until: now + memoryInMs, policy: look() };
        remembered = entry;
        entry.policy.catch(() => {
          remembered = remembered === entry ? undefined : remembered;
        });
      }
      return remembered.policy;
    },
  };
}

async function readPolicy(parts: PolicyParts, last: Last): Promise<Policy> {
  const document = await readDocument(parts);
  const { text, name } = document;
  if (last.policy !== undefined && isStanding(last, name)) {
    return last.policy;
  }
  const known = await readKnown(parts);
  if (name === undefined && known.inForce === undefined) {
    return defaultPolicy;
  }
  const reading = document.reading ?? (await parts.read(text ?? ''));
  if (reading.kind === 'policy') {
    await enforce(parts, known, text ?? '', reading.policy);
    last.isRefused = false;
    return reading.policy;
  }
  await refuse(parts, known, name ?? 'absent', reading.faults);
  last.isRefused = true;
  return last.policy ?? (await readKept(parts, known.inForce, reading.faults));
}

function isStanding({ policy, isRefused }: Last, name: string | undefined): boolean {
  return policy?.name === name && !isRefused;
}

/** The document in its container. `reading` is set where there is no text to read. */
interface Document {
  readonly text?: string;
  readonly name: string | undefined;
  readonly reading?: DocumentReading;
}

/** A policy has at most 128 Ki characters; a document with more bytes than those can take is not read further. */
const mostBytes = 512 * 1024;

async function readDocument({ files }: PolicyParts): Promise<Document> {
  try {
    const text = await files.read(policyDocument, mostBytes);
    return text === undefined ? { name: undefined, reading: gone } : { text, name: nameOf(text) };
  } catch (error) {
    if (error instanceof RemediationError && error.code === 'malformed-input') {
      return { name: 'too-large', reading: { kind: 'refused', faults: [error.message] } };
    }
    throw error;
  }
}

const gone: DocumentReading = { kind: 'refused', faults: ['the document is gone from its container'] };

async function readKnown({ ledger }: PolicyParts): Promise<Known> {
  const { head } = await ledger.readRoot('service', policyDocument);
  return { inForce: textOf(head.policyInForce), refused: textOf(head.policyRefused) };
}

/** Keeps the text first: an entry must never name a policy whose text is lost. */
async function enforce(
  { files, ledger, clock }: PolicyParts,
  known: Known,
  text: string,
  { name }: Policy,
): Promise<void> {
  if (known.inForce === name && known.refused === undefined) {
    return;
  }
  await files.create(keptName(name), text);
  await ledger.append({
    chain: 'service',
    entries: [
      {
        kind: 'policy-loaded',
        body: {
          actor: { kind: 'leakstop' },
          payload: {
            policy: name,
            ...defined({ before: known.inForce }),
            at: timestamp(clock),
          },
        },
      },
    ],
    cases: [],
    head: { policyInForce: name, policyRefused: null },
  });
}

/** Records a refused document once, in the ledger and in the log. */
async function refuse(
  { ledger, logger }: PolicyParts,
  known: Known,
  document: string,
  faults: readonly string[],
): Promise<void> {
  if (known.refused === document) {
    return;
  }
  const told = faults.slice(0, mostFaults).map((fault) => redact(fault));
  logger.error('The policy document is not taken: what held before still holds', {
    document,
    policy: known.inForce ?? 'none',
    faults: told.join('; '),
  });
  await ledger.append({
    chain: 'service',
    entries: [
      {
        kind: 'policy-refused',
        body: {
          actor: { kind: 'leakstop' },
          payload: {
            document,
            faults: told,
            faultCount: faults.length,
            ...defined({ inForce: known.inForce }),
          },
        },
      },
    ],
    cases: [],
    head: { policyRefused: document },
  });
}

/** @throws RemediationError `policy-invalid` if no policy was in force, or if its kept text is gone or changed */
async function readKept(
  { files, read }: PolicyParts,
  name: string | undefined,
  [fault = 'it cannot be read']: readonly string[],
): Promise<Policy> {
  if (name === undefined) {
    throw new RemediationError('policy-invalid', `Cannot use the policy: ${fault}`);
  }
  const text = await files.read(keptName(name), mostBytes);
  const reading = text === undefined || nameOf(text) !== name ? undefined : await read(text);
  if (reading?.kind !== 'policy') {
    throw new RemediationError(
      'policy-invalid',
      `Cannot use the last policy "${name}": its text in "${keptName(name)}" is gone or changed`,
    );
  }
  return reading.policy;
}

/** Name of a policy: the hash of its exact text. */
function nameOf(text: string): string {
  return `sha256:${sha256(text)}`;
}

function keptName(name: string): string {
  return `in-force/${name.replace(/^sha256:/, '')}.yaml`;
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
