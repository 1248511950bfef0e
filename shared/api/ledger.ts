import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi';
import { listChains } from '../ledger/checkpoints/chains.ts';
import { exportPage, type LedgerPage, type PageLimits } from '../ledger/export/export-page.ts';
import { readEnds } from '../ledger/export/read-entries.ts';
import { chainPattern } from '../ledger/format/keys.ts';
import { auditors, permit } from './access.ts';
import { answer, refusals } from './describe.ts';
import type { ApiEnvironment, ApiParts } from './parts.ts';
import { CallRefusal } from './problem.ts';
import { ChainsAnswer, LedgerQuery } from './schemas.ts';

const listLedger = createRoute({
  method: 'get',
  path: '/api/ledger',
  summary: 'The chains of the ledger and where they end',
  ...permit('list the chains', auditors),
  responses: { 200: answer('Chains', ChainsAnswer), ...refusals() },
});

const header = (description: string) => ({ description, schema: { type: 'string' as const } });

const downloadLedger = createRoute({
  method: 'get',
  path: '/api/ledger/{chain}',
  summary: 'Entries of a chain, as an export file',
  description:
    'Every page is a whole file that `leakstop ledger verify` takes; pages that follow one another verify as one.',
  ...permit('download the ledger', auditors),
  request: {
    params: z.object({ chain: z.string().regex(chainPattern) }),
    query: LedgerQuery,
  },
  responses: {
    200: {
      description: 'A page',
      content: { 'application/x-ndjson': { schema: z.string() } },
      headers: {
        Link: header('Where the next page is (`rel="next"`); absent at the end of the chain'),
        'Leakstop-Next': header('`from` of the next page; absent at the end of the chain'),
        'Leakstop-End': header('Number of the last entry of the chain'),
      },
    },
    ...refusals('not-found', 'ledger-unreadable'),
  },
});

/** A call to Functions ends after 230 seconds, and its answer is held in memory. */
const limits: Omit<PageLimits, 'entries'> = { units: 8 * 1_048_576, milliseconds: 60_000 };

/** Adds the routes that download the ledger. */
export function addLedger(api: OpenAPIHono<ApiEnvironment>, { store, clock }: ApiParts): void {
  api.openapi(listLedger, async (context) => {
    const { table } = await store();
    const ends = await readEnds(table, await listChains(table, []));
    const chains = ends.map(({ chain, sequence: end, fault }) => ({ chain, end, ...(fault && { fault }) }));
    return context.json({ chains }, 200);
  });
  api.openapi(downloadLedger, async (context) => {
    const { chain } = context.req.valid('param');
    const { from, most } = context.req.valid('query');
    const result = await exportPage(await store(), chain, from, { ...limits, entries: most }, clock);
    switch (result.kind) {
      case 'page':
        // The library's types know JSON and plain text only.
        return context.body(result.text, 200, headersOf(chain, most, result)) as never;
      case 'no-chain':
        throw new CallRefusal(
          'not-found',
          `Cannot give out the chain "${chain}": the ledger has none of this name`,
        );
      case 'beyond-end':
        throw new CallRefusal(
          'not-found',
          `Cannot give out the chain "${chain}": "from": expected ${result.end + 1} at most, for it ends at ${result.end}`,
        );
      case 'unreadable':
        throw new CallRefusal(
          'ledger-unreadable',
          `Cannot give out the chain "${chain}": at ${result.at} stands what is no entry; "leakstop ledger export" goes on behind it`,
        );
    }
  });
}

function headersOf(chain: string, most: number, { from, to, next, end }: LedgerPage): Record<string, string> {
  return {
    'Content-Type': 'application/x-ndjson; charset=utf-8',
    'Content-Disposition': `attachment; filename="${chain}-${from}-${to}.ndjson"`,
    'Leakstop-End': String(end),
    ...(next !== undefined && {
      'Leakstop-Next': String(next),
      Link: `</api/ledger/${chain}?from=${next}&most=${most}>; rel="next"`,
    }),
  };
}
