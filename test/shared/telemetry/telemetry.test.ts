import { expect, it } from 'vitest';
import { keepToTheNamedSink } from '../../../shared/telemetry/application-insights.ts';
import { createLogger } from '../../../shared/telemetry/logger.ts';
import { safeCause } from '../../../shared/text/safe-cause.ts';
import type { Span, SpanSink } from '../../../shared/telemetry/telemetry.ts';
import { createTelemetry } from '../../../shared/telemetry/telemetry.ts';
import { systemClock } from '../../../shared/clock.ts';

const secret = `${'a1B2'.repeat(21)}xy==`;
const token = `eyJ${'hbGciOiJ'.repeat(4)}.eyJ${'zdWIiOi'.repeat(6)}.c2lnbmF0dXJl`;

function collecting() {
  const spans: Span[] = [];
  const load = Promise.withResolvers<SpanSink>();
  const sink: SpanSink = { send: (span) => spans.push(span), flush: () => Promise.resolve() };
  return { spans, load, sink, telemetry: createTelemetry(systemClock, () => load.promise) };
}

it('keeps what ended before the sink was loaded, whole and in order', async () => {
  const { spans, load, sink, telemetry } = collecting();
  telemetry.start();
  await telemetry.request('first', 'parent', async () => {
    await telemetry.dependency('outer', () => telemetry.dependency('inner', () => Promise.resolve()));
  });
  await telemetry.request('second', undefined, () => Promise.reject(new Error('no'))).catch(() => undefined);
  expect(spans).toEqual([]);
  load.resolve(sink);
  await telemetry.flush();
  await telemetry.request('third', undefined, () => Promise.resolve());
  expect(spans.map(({ name, succeeded }) => [name, succeeded])).toEqual([
    ['first', true],
    ['second', false],
    ['third', true],
  ]);
  expect(spans[0]).toMatchObject({
    traceparent: 'parent',
    children: [{ name: 'outer', children: [{ name: 'inner', children: [] }] }],
  });
});

it('tells trouble with the sink and goes on working', async () => {
  const troubles: unknown[] = [];
  const telemetry = createTelemetry(
    systemClock,
    () => Promise.reject(new Error('no such package')),
    (error) => troubles.push(error),
  );
  telemetry.start();
  expect(await telemetry.request('work', undefined, () => Promise.resolve(7))).toBe(7);
  await telemetry.flush();
  expect(troubles).toHaveLength(1);
});

it('never lets go of a secret: in a name, an attribute, a log line, a cause', async () => {
  const { spans, load, sink, telemetry } = collecting();
  await telemetry.request(`GET ${token}`, undefined, () => {
    telemetry.attribute('key', secret);
    return Promise.resolve();
  });
  load.resolve(sink);
  await telemetry.flush();
  const lines: string[] = [];
  createLogger((_, line) => lines.push(line)).error(`failed with ${secret}`, {
    nested: { header: `Bearer ${token}` },
  });
  const sdkError = Object.assign(new Error(`refused: ${token}`), {
    request: { authorization: token },
    statusCode: 403,
  });
  const cause = safeCause(sdkError);
  const written = [
    JSON.stringify(spans),
    ...lines,
    JSON.stringify(Object.entries(Object.getOwnPropertyDescriptors(cause))),
  ];
  for (const text of written) {
    expect(text).not.toContain(secret);
    expect(text).not.toContain(token);
  }
  expect(cause).toMatchObject({ statusCode: 403 });
});

it('a log line is one line of JSON that says what it was given, whatever that is', () => {
  const lines: string[] = [];
  const logger = createLogger((_, line) => lines.push(line));
  const pem = '-----BEGIN PRIVATE KEY-----';
  const values = [
    'Password=abcdef"',
    `${pem}MIIE`,
    'a\u2028b\u0085c\u202ed\u001b[2J\u0000',
    'x\ud800',
    '__proto__',
  ];
  for (const value of values) {
    logger.error('Told', { value, [`n${value}`]: 1, after: 'kept', level: 'x","level":"information' });
  }
  expect(lines.filter((line) => /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u.test(line))).toEqual([]);
  const told = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(told.map(({ message, after }) => [message, after])).toEqual(values.map(() => ['Told', 'kept']));
  expect(told.map(({ value }) => value)).toEqual([
    'Password=[redacted]"',
    '[redacted]',
    values[2],
    values[3],
    '__proto__',
  ]);
});

it('a cause is shortened after its secrets are taken out: half of one is none that can be seen', () => {
  for (let lead = 380; lead <= 500; lead += 1) {
    expect(safeCause(new Error(`${'x '.repeat(lead / 2)}${secret}`)).message).not.toContain(
      secret.slice(0, 8),
    );
  }
});

it('tells of one execution once, under the trace that is known inside it', async () => {
  const { spans, load, sink, telemetry } = collecting();
  load.resolve(sink);
  await telemetry.request('execution', 'of the host', async () => {
    await telemetry.request('execution', 'of the message', () =>
      telemetry.dependency('call', () => Promise.resolve()),
    );
  });
  await telemetry.request('execution', 'of the host', () =>
    telemetry.request('execution', undefined, () => Promise.resolve()),
  );
  await telemetry.flush();
  expect(spans.map(({ name, traceparent }) => [name, traceparent])).toEqual([
    ['execution', 'of the message'],
    ['execution', 'of the host'],
  ]);
  expect(spans[0]?.children.map(({ name }) => name)).toEqual(['call']);
});

it('tells of an answer that says so as a failure', async () => {
  const { spans, load, sink, telemetry } = collecting();
  load.resolve(sink);
  for (const status of [200, 503]) {
    await telemetry.request(
      `answer ${status}`,
      undefined,
      () => Promise.resolve(status),
      (answer) => answer >= 500,
    );
  }
  await telemetry.flush();
  expect(spans.map(({ name, succeeded }) => [name, succeeded])).toEqual([
    ['answer 200', true],
    ['answer 503', false],
  ]);
});

it('counts nothing of its own use for others, unless a setting asks for that', () => {
  const silent: NodeJS.ProcessEnv = {};
  keepToTheNamedSink(silent);
  expect(silent).toEqual({
    APPLICATION_INSIGHTS_NO_STATSBEAT: 'true',
    APPLICATIONINSIGHTS_SDKSTATS_DISABLED: 'true',
  });
  const wanted = { APPLICATION_INSIGHTS_NO_STATSBEAT: '', APPLICATIONINSIGHTS_SDKSTATS_DISABLED: '' };
  keepToTheNamedSink(wanted);
  expect(wanted).toEqual({
    APPLICATION_INSIGHTS_NO_STATSBEAT: '',
    APPLICATIONINSIGHTS_SDKSTATS_DISABLED: '',
  });
});
