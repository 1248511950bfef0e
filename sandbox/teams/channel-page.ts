import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { WholeAnswer } from '../wire/faulty-server.ts';
import type { ReceivedEscalation, ReceivedMessage } from './received.ts';

/** What the page shows. */
interface Channel {
  readonly cards: readonly ReceivedMessage[];
  readonly escalations: readonly ReceivedEscalation[];
}

const javascript = 'text/javascript; charset=utf-8';
const resolve = createRequire(import.meta.url).resolve;
const here = (name: string) => join(import.meta.dirname, name);

/** Files that the page is made of: the real renderer, the Markdown library, and our own two. */
const files: Readonly<Record<string, { readonly type: string; readonly path: () => string }>> = {
  '/adaptivecards.js': {
    type: javascript,
    path: () => join(resolve('adaptivecards'), '../../dist/adaptivecards.min.js'),
  },
  '/markdown-it.js': {
    type: javascript,
    path: () => join(resolve('markdown-it'), '../browser/markdown-it.umd.min.js'),
  },
  '/channel.mjs': { type: javascript, path: () => here('channel.mjs') },
  '/card-colours.mjs': { type: javascript, path: () => here('card-colours.mjs') },
  '/channel.css': { type: 'text/css; charset=utf-8', path: () => here('channel.css') },
};

/** Answers a call to the page of the channel. */
export async function channelPage(url: string, channel: Channel): Promise<WholeAnswer> {
  const { pathname } = new URL(url, 'http://localhost');
  if (pathname === '/') {
    return ok('text/html; charset=utf-8', await readFile(here('channel.html'), 'utf8'));
  }
  if (pathname === '/channel.json') {
    return ok('application/json; charset=utf-8', JSON.stringify(newestFirst(channel)));
  }
  const file = files[pathname];
  return file === undefined ? { status: 404 } : ok(file.type, await readFile(file.path()));
}

function newestFirst({ cards, escalations }: Channel): object {
  return {
    messages: cards
      .map(({ at, cards: posted, fault, bytes }, number) => ({ number, at, cards: posted, fault, bytes }))
      .reverse(),
    escalations: escalations
      .map(({ at, body, text }, number) => ({
        number,
        at,
        text: body === undefined ? text : JSON.stringify(body, null, 2),
      }))
      .reverse(),
  };
}

function ok(type: string, body: string | Buffer): WholeAnswer {
  const headers = {
    'content-type': type,
    'cache-control': 'no-store',
    'content-security-policy':
      "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'none'",
  };
  return { status: 200, headers, body };
}
