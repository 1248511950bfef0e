import { createHash } from 'node:crypto';
import { compactVerify, decodeProtectedHeader } from 'jose';
import { describe, expect, it } from 'vitest';
import { type Alert, alertBody, signatureOf } from '../../../shared/teams/alert.ts';
import { localKey } from '../../support/local-key.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { account } from './card-fixtures.ts';

const alert: Alert = {
  id: 'leakstop/case-1',
  rule: 'Leakstop: past-due',
  severity: 'critical',
  condition: 'Fired',
  firedAt: '2026-03-01T11:00:00.000Z',
  targets: [account],
  description: 'Nobody dealt with it in time',
  context: { case: 'case-1', control: 'c', reason: 'past-due' },
};

describe('an alert', () => {
  it('is in the common alert schema', () => {
    expect(JSON.parse(alertBody(alert))).toEqual({
      schemaId: 'azureMonitorCommonAlertSchema',
      data: {
        essentials: {
          alertId: 'leakstop/case-1',
          alertRule: 'Leakstop: past-due',
          severity: 'Sev0',
          signalType: 'Log',
          monitorCondition: 'Fired',
          monitoringService: 'Leakstop',
          alertTargetIDs: [account],
          originAlertId: 'leakstop/case-1',
          firedDateTime: '2026-03-01T11:00:00.000Z',
          description: 'Nobody dealt with it in time',
          essentialsVersion: '1.0',
          alertContextVersion: '1.0',
        },
        alertContext: { case: 'case-1', control: 'c', reason: 'past-due' },
      },
    });
  });

  it.each([
    ['critical', 'Sev0'],
    ['high', 'Sev1'],
    ['medium', 'Sev2'],
    ['low', 'Sev3'],
  ] as const)('%s is %s', (severity, expected) => {
    expect(alertBody({ ...alert, severity })).toContain(`"severity":"${expected}"`);
  });

  it('is resolved with its time', () => {
    const text = alertBody({ ...alert, condition: 'Resolved', resolvedAt: '2026-03-01T12:00:00.000Z' });
    expect(JSON.parse(text)).toMatchObject({
      data: { essentials: { monitorCondition: 'Resolved', resolvedDateTime: '2026-03-01T12:00:00.000Z' } },
    });
  });

  it('is signed so that a receiver with the public key knows who sent this very body, and when', async () => {
    const key = localKey('https://vault.example/keys/links/1');
    const body = alertBody(alert);
    const token = await signatureOf(
      {
        sign: (text) => key.sign(text),
        currentKeyId: () => Promise.resolve('https://vault.example/keys/links/1'),
      },
      new ManualClock(),
      'id-1',
      body,
    );
    expect(decodeProtectedHeader(token)).toEqual({
      alg: 'ES256',
      typ: 'leakstop-alert+jwt',
      kid: 'https://vault.example/keys/links/1',
    });
    const { payload } = await compactVerify(token, key.material);
    expect(JSON.parse(new TextDecoder().decode(payload))).toEqual({
      id: 'id-1',
      time: '2026-03-01T12:00:00.000Z',
      sha256: createHash('sha256').update(body).digest('hex'),
    });
    await expect(compactVerify(token, localKey().material)).rejects.toThrow();
  });

  it('names the version that signed, though the key got a new one meanwhile', async () => {
    const key = localKey('new');
    const token = await signatureOf(
      { sign: (text) => key.sign(text), currentKeyId: () => Promise.resolve('old') },
      new ManualClock(),
      'id',
      '{}',
    );
    expect(decodeProtectedHeader(token).kid).toBe('new');
    await compactVerify(token, key.material);
  });
});
