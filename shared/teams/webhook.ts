import { DateTime } from 'luxon';
import type { Clock } from '../clock.ts';
import { RemediationError } from '../errors.ts';

/** The fate of a message. */
export type Delivery =
  /** The receiver accepted the message. A person may still not see it: a Workflows flow can fail afterwards. */
  | { readonly kind: 'accepted' }
  /** The receiver is away or busy: the sender tries again. */
  | { readonly kind: 'later'; readonly reason: string; readonly retryAfterInMs?: number }
  /** The receiver refuses the message: trying again soon does not help. */
  | { readonly kind: 'refused'; readonly reason: string };

export interface Webhook {
  /** Sends a JSON text once. Never throws; `reason` holds no part of the address. */
  post(body: string, headers?: Readonly<Record<string, string>>): Promise<Delivery>;
}

/** Longest time for one delivery. */
const longestMs = 10_000;
/** Most characters of an answer that are read: enough for a complaint, too few for a flood. */
const mostAnswerCharacters = 1_000;

/**
 * Posts to one address. The address is a secret, since anyone who knows it can write to the channel: no error, log or
 * span contains it. A redirect is refused: only the configured address gets a message.
 * @throws RemediationError `malformed-input` when the address is not https
 */
export function openWebhook(
  url: string,
  clock: Clock,
  fetcher: typeof fetch = fetch,
  timeoutInMs = longestMs,
): Webhook {
  const address = URL.parse(url);
  if (address?.protocol !== 'https:') {
    throw new RemediationError('malformed-input', 'Cannot use a webhook: expected an https address');
  }
  return {
    async post(body, headers = {}) {
      try {
        const response = await fetcher(address, {
          method: 'POST',
          body,
          headers: { 'content-type': 'application/json; charset=utf-8', ...headers },
          redirect: 'manual',
          signal: AbortSignal.timeout(timeoutInMs),
        });
        return judge(response, await beginningOf(response), clock);
      } catch (error) {
        // The error that fetch throws may contain the address.
        const isLate = error instanceof Error && error.name === 'TimeoutError';
        return { kind: 'later', reason: isLate ? 'no answer in time' : 'no answer' };
      }
    },
  };
}

function judge({ status, headers }: Response, answer: string, clock: Clock): Delivery {
  if (status >= 200 && status < 300) {
    // Teams used to report this error with status 200.
    return /returned HTTP error 429/i.test(answer)
      ? { kind: 'later', reason: 'status 429' }
      : { kind: 'accepted' };
  }
  if (status === 429 || status === 408 || status >= 500) {
    const retryAfterInMs = retryAfterOf(headers.get('retry-after'), clock);
    return {
      kind: 'later',
      reason: `status ${status}`,
      ...(retryAfterInMs === undefined ? {} : { retryAfterInMs }),
    };
  }
  return { kind: 'refused', reason: status < 400 ? 'a redirect' : `status ${status}` };
}

/** Seconds, or a date (RFC 9110). */
function retryAfterOf(text: string | null, clock: Clock): number | undefined {
  if (text === null) {
    return undefined;
  }
  if (/^\d{1,9}$/.test(text)) {
    return Number(text) * 1_000;
  }
  const date = DateTime.fromHTTP(text);
  return date.isValid ? Math.max(0, date.toMillis() - clock.now().getTime()) : undefined;
}

async function beginningOf({ body }: Response): Promise<string> {
  if (body === null) {
    return '';
  }
  const decoder = new TextDecoder();
  let text = '';
  for await (const piece of body) {
    text += decoder.decode(piece as Uint8Array, { stream: true });
    if (text.length >= mostAnswerCharacters) {
      break;
    }
  }
  return text.slice(0, mostAnswerCharacters);
}
