import { createReadStream } from 'node:fs';
import { catalogue } from '../remediators/index.ts';
import type { Clock } from '../shared/clock.ts';
import { RemediationError } from '../shared/errors.ts';
import { controlFacts } from '../shared/policy/control-facts.ts';
import { type PolicyReading, readPolicy } from '../shared/policy/read-policy.ts';
import { longestText } from '../shared/policy/text-faults.ts';
import type { Output } from './output.ts';

/** What the commands need of the process. */
export interface PolicyContext {
  readonly output: Output;
  readonly clock: Clock;
  /** What `-` stands for; standard input when absent. */
  readonly input?: AsyncIterable<Uint8Array | string>;
}

/** A policy as it was read from a file. */
export interface PolicyFile {
  /** For messages. */
  readonly name: string;
  readonly text: string;
  readonly reading: PolicyReading;
}

/** Enough to see that a text is too long, in bytes. */
const mostBytes = longestText * 4;

/** @throws RemediationError `malformed-input` when it is not UTF-8; what the file system throws */
export async function readPolicyFile(
  file: string,
  context: Pick<PolicyContext, 'input'>,
  now: Date,
): Promise<PolicyFile> {
  const name = file === '-' ? '<stdin>' : file;
  const source = file === '-' ? (context.input ?? process.stdin) : createReadStream(file);
  const text = decode(name, await collect(name, source));
  return { name, text, reading: readPolicy(text, { controls: controlFacts(catalogue), now }) };
}

async function collect(name: string, source: AsyncIterable<Uint8Array | string>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const chunk of source) {
      chunks.push(Buffer.from(chunk));
      size += chunk.length;
      if (size > mostBytes) {
        break;
      }
    }
  } catch (error) {
    // The only fault of a file that comes without its path.
    if ((error as NodeJS.ErrnoException).code === 'EISDIR') {
      throw new RemediationError('malformed-input', `Cannot read "${name}": it is a folder`, {
        cause: error,
      });
    }
    throw error;
  }
  return Buffer.concat(chunks);
}

/** A byte order mark is kept: it is for the reader to refuse. */
function decode(name: string, bytes: Uint8Array): string {
  try {
    // A text that was cut is too long anyway.
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes, {
      stream: bytes.length > mostBytes,
    });
  } catch (error) {
    throw new RemediationError('malformed-input', `Cannot read "${name}": it is not UTF-8`, { cause: error });
  }
}
