import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi';
import type { WriteOnceFiles } from '../ledger/write-once-files.ts';
import { checkpointName } from '../ledger/format/checkpoint.ts';
import { segmentName } from '../ledger/format/segment.ts';
import { auditors, permit } from './access.ts';
import { answer, refusals } from './describe.ts';
import type { ApiEnvironment, ApiParts } from './parts.ts';
import { CallRefusal } from './problem.ts';
import { chainName, CheckpointPage, CheckpointQuery, PublicKeyAnswer, PublicKeyQuery } from './schemas.ts';

const listCheckpoints = createRoute({
  method: 'get',
  path: '/api/checkpoints',
  summary: 'Checkpoints, as they lie in their container',
  description:
    'By number. What vouches for the ledger: nothing of them is checked here, the verifier does that.',
  ...permit('download the checkpoints', auditors),
  request: { query: CheckpointQuery },
  responses: { 200: answer('A page of checkpoints', CheckpointPage), ...refusals() },
});

const sequence = z.coerce.number().int().min(1).max(1e15);

const readSegment = createRoute({
  method: 'get',
  path: '/api/segments/{chain}/{from}/{to}',
  summary: 'A segment that a checkpoint names, as it lies in its container',
  ...permit('download a segment', auditors),
  request: { params: z.object({ chain: chainName, from: sequence, to: sequence }) },
  responses: {
    200: { description: 'The segment', content: { 'application/x-ndjson': { schema: z.string() } } },
    ...refusals('not-found'),
  },
});

const readKey = createRoute({
  method: 'get',
  path: '/api/checkpoint-key',
  summary: 'The public key that a checkpoint names, from the key vault',
  description:
    'Whoever audits should have the key from the vault by another way too: a service that lies about the ledger can lie about the key.',
  ...permit('read the key of the checkpoints', auditors),
  request: { query: PublicKeyQuery },
  responses: { 200: answer('The key', PublicKeyAnswer), ...refusals('not-found') },
});

/** Adds the routes that download the evidence beside the ledger. */
export function addEvidence(api: OpenAPIHono<ApiEnvironment>, { evidence, publicKeyOf }: ApiParts): void {
  api.openapi(listCheckpoints, async (context) =>
    context.json(await pageOf(await evidence(), context.req.valid('query')), 200),
  );
  api.openapi(readSegment, async (context) => {
    const { chain, from, to } = context.req.valid('param');
    const text = await (await evidence()).read(segmentName(chain, from, to));
    if (text === undefined) {
      throw new CallRefusal(
        'not-found',
        `Cannot give out the segment "${segmentName(chain, from, to)}": it is not there`,
      );
    }
    // The library's types know JSON and plain text only.
    return context.body(text, 200, { 'Content-Type': 'application/x-ndjson; charset=utf-8' }) as never;
  });
  api.openapi(readKey, async (context) => {
    const { id } = context.req.valid('query');
    const key = await publicKeyOf(id);
    if (key === undefined) {
      throw new CallRefusal(
        'not-found',
        'Cannot give out the key: "id": it is no version of the key of the checkpoints',
      );
    }
    return context.json({ id, pem: key.export({ type: 'spki', format: 'pem' }).toString() }, 200);
  });
}

/**
 * Checkpoints from a number on. A page ends at a missing checkpoint, and the next page begins with the next one that
 * exists.
 */
async function pageOf(
  files: WriteOnceFiles,
  { from, most }: z.infer<typeof CheckpointQuery>,
): Promise<z.infer<typeof CheckpointPage>> {
  const numbers = Array.from({ length: most }, (_, index) => from + index);
  const texts = await Promise.all(numbers.map((number) => files.read(checkpointName(number))));
  const checkpoints = numbers.flatMap((number, index) => {
    const text = texts[index];
    return text === undefined ? [] : [{ number, text }];
  });
  const isFull = texts.every((text) => text !== undefined);
  const next = isFull ? from + most : await firstFrom(files, from + most);
  return { checkpoints, ...(next === undefined ? {} : { next }) };
}

const namePattern = /^checkpoints\/(\d{10})\.json$/;

async function firstFrom(files: WriteOnceFiles, from: number): Promise<number | undefined> {
  for await (const name of files.names('checkpoints/')) {
    const number = Number(namePattern.exec(name)?.[1] ?? 0);
    if (number >= from) {
      return number;
    }
  }
  return undefined;
}
