import { createReadStream } from 'node:fs';
import { catalogue } from '../remediators/index.ts';
import type { Clock } from '../shared/clock.ts';
import { RemediationError } from '../shared/errors.ts';
import { controlFacts } from '../shared/policy/control-facts.ts';
import { type PolicyReading, readPolicy } from '../shared/policy/read-policy.ts';
import { longestText } from '../shared/policy/text-faults.ts';
import type { Output } from './output.ts';

/** The parts of the process that the commands need. */
export interface PolicyContext {
  readonly output: Output;
  readonly clock: Clock;
  /** The input that `-` names; standard input if absent. */
  readonly input?: AsyncIterable<Uint8Array | string>;
}

/** A policy that was read from a file. */
export interface PolicyFile {
  /** Name of the file in messages. */
  readonly name: string;
  readonly text: string;
  readonly reading: PolicyReading;
}

/** Most bytes that are read: enough to recognise a text as too long. */
const mostBytes = longestText * 4;

/** @throws RemediationError `malformed-input` if the file is not UTF-8; errors of the file system */
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
    // This is the only file error without a path.
    if ((error as NodeJS.ErrnoException).code === 'EISDIR') {
      throw new RemediationError('malformed-input', `Cannot read "${name}": it is a folder`, {
        cause: error,
      });
    }
    throw error;
  }
  return Buffer.concat(chunks);
}

/** Keeps a byte order mark, which the reader of the policy refuses. */
function decode(name: string, bytes: Uint8Array): string {
  try {
    // A truncated text is too long anyway.
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes, {
      stream: bytes.length > mostBytes,
    });
  } catch (error) {
    throw new RemediationError('malformed-input', `Cannot read "${name}": it is not UTF-8`, { cause: error });
  }
}
