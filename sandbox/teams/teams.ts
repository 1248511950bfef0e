import { randomBytes, randomUUID } from 'node:crypto';
import { createServer as createHttpServer } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { FaultRegistry } from '../faults.ts';
import type { Tls } from '../tls.ts';
import type { WholeAnswer, WholeRequest } from '../wire/faulty-server.ts';
import { faultyListener } from '../wire/faulty-server.ts';
import { close, listen } from '../wire/listening.ts';
import { readMessage } from './card-check.ts';
import { channelPage } from './channel-page.ts';
import type { ReceivedEscalation, ReceivedMessage } from './received.ts';

/** A channel of Teams behind a webhook of Workflows, and a second channel for what Teams leaves unanswered. */
export interface Teams {
  /** Address of the webhook. Its `sig` is the secret. */
  readonly webhookUrl: string;
  /** Address of the second channel. Its `key` is the secret. */
  readonly escalationUrl: string;
  /** The page that shows the channel. */
  readonly pageUrl: string;
  /** Oldest first. */
  cards(): readonly ReceivedMessage[];
  /** Oldest first. */
  escalations(): readonly ReceivedEscalation[];
  /** Forgets all that came. */
  clear(): void;
  stop(): Promise<void>;
}

/** Largest message that a channel takes, in bytes. */
const mostBytes = 28 * 1024;
/** Kept of each; the oldest go first. */
const mostKept = 1_000;

/** Starts the webhooks over TLS and the page without, each on a loopback port. */
export async function startTeams(options: {
  readonly tls: Tls;
  readonly faults: FaultRegistry;
  readonly now?: () => number;
}): Promise<Teams> {
  const { tls, faults, now = Date.now } = options;
  const hooks = new Webhooks(now);
  const webhooks = createHttpsServer(
    { cert: tls.cert, key: tls.key },
    faultyListener(
      faults,
      ({ pathname }) => (pathname === escalationPath ? 'escalations' : 'teams'),
      (request) => hooks.answer(request),
    ),
  );
  const page = createHttpServer((incoming, outgoing) => {
    channelPage(incoming.url ?? '/', hooks).then(
      ({ status, headers, body }) => outgoing.writeHead(status, headers).end(body),
      (error: unknown) => outgoing.destroy(error as Error),
    );
  });
  const [port, pagePort] = await Promise.all([listen(webhooks), listen(page)]);
  return {
    webhookUrl: `https://localhost:${port}${hooks.path}?api-version=1&sp=%2Ftriggers%2Fmanual%2Frun&sv=1.0&sig=${hooks.sig}`,
    escalationUrl: `https://localhost:${port}${escalationPath}?key=${hooks.key}`,
    pageUrl: `http://localhost:${pagePort}/`,
    cards: () => hooks.cards,
    escalations: () => hooks.escalations,
    clear: () => {
      hooks.cards.length = 0;
      hooks.escalations.length = 0;
    },
    stop: async () => {
      await Promise.all([close(webhooks), close(page)]);
    },
  };
}

const escalationPath = '/escalations';

/** The two webhooks, and what they took. */
class Webhooks {
  readonly path = `/powerautomate/automations/direct/workflows/${randomUUID().replaceAll('-', '')}/triggers/manual/paths/invoke`;
  readonly sig = randomBytes(32).toString('base64url');
  readonly key = randomBytes(32).toString('base64url');
  readonly cards: ReceivedMessage[] = [];
  readonly escalations: ReceivedEscalation[] = [];
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  answer(request: WholeRequest): WholeAnswer {
    const { method, url } = request;
    if (method === 'POST' && url.pathname === this.path) {
      return this.#takeMessage(request);
    }
    if (method === 'POST' && url.pathname === escalationPath) {
      return this.#takeEscalation(request);
    }
    return refusal(404, 'WorkflowNotFound', 'The workflow could not be found.');
  }

  #takeMessage({ url, body }: WholeRequest): WholeAnswer {
    if (url.searchParams.get('sig') !== this.sig) {
      return refusal(401, 'AuthorizationFailed', 'The authentication credentials are not valid.');
    }
    if (body.length > mostBytes) {
      return refusal(413, 'RequestEntityTooLarge', 'Request Entity too large');
    }
    const message = parse(body.toString('utf8'));
    if (message === undefined) {
      return refusal(400, 'InvalidRequestContent', 'The request content is not valid: it is not JSON.');
    }
    keep(this.cards, {
      at: new Date(this.#now()),
      message,
      bytes: body.length,
      ...readMessage(message),
    });
    return { status: 202, headers: { 'x-ms-workflow-run-id': randomUUID() } };
  }

  #takeEscalation({ url, headers, body }: WholeRequest): WholeAnswer {
    if (url.searchParams.get('key') !== this.key) {
      return refusal(401, 'Unauthorized', 'The key is not valid.');
    }
    const text = body.toString('utf8');
    keep(this.escalations, { at: new Date(this.#now()), headers, text, body: parse(text) });
    return { status: 200, headers: { 'content-type': 'application/json' }, body: '{"status":"taken"}' };
  }
}

function refusal(status: number, code: string, message: string): WholeAnswer {
  return {
    status,
    headers: { 'content-type': 'application/json; charset=utf-8' },
    body: JSON.stringify({ error: { code, message } }),
  };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function keep<T>(list: T[], item: T): void {
  list.push(item);
  list.splice(0, Math.max(0, list.length - mostKept));
}
