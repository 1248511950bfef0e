import { storageAccountMinTls } from '../../remediators/storage-account-min-tls.ts';
import { describeRemediator } from '../support/describe-remediator.ts';

const change = { properties: { minimumTlsVersion: 'TLS1_2' } };
const undo = { kind: 'default', body: { properties: { minimumTlsVersion: 'TLS1_0' } } } as const;

describeRemediator(storageAccountMinTls, {
  inSync: [
    { name: 'TLS 1.2', resource: { properties: { minimumTlsVersion: 'TLS1_2' } } },
    { name: 'TLS 1.3', resource: { properties: { minimumTlsVersion: 'TLS1_3' } } },
    { name: 'a later minor version', resource: { properties: { minimumTlsVersion: 'TLS1_10' } } },
    { name: 'a later major version', resource: { properties: { minimumTlsVersion: 'TLS2_0' } } },
  ],
  drifted: [
    { name: 'TLS 1.0', resource: { properties: { minimumTlsVersion: 'TLS1_0' } }, change },
    { name: 'TLS 1.1', resource: { properties: { minimumTlsVersion: 'TLS1_1' } }, change },
    { name: 'a version below 1.0', resource: { properties: { minimumTlsVersion: 'TLS0_9' } }, change },
    { name: 'no version of TLS', resource: { properties: { minimumTlsVersion: 'SSL3_0' } }, change },
    { name: 'absent, which Azure reads as TLS 1.0', resource: { properties: {} }, change, undo },
    {
      name: 'other settings are kept',
      resource: {
        tags: { owner: 'research' },
        properties: { minimumTlsVersion: 'TLS1_0', supportsHttpsTrafficOnly: false },
      },
      change,
    },
  ],
  unknown: [
    {
      name: 'an incomplete body without the property',
      resource: { properties: {} },
      path: 'properties.minimumTlsVersion',
    },
  ],
  malformed: [
    { name: 'no properties', resource: {} },
    { name: 'a number', resource: { properties: { minimumTlsVersion: 1.2 } } },
  ],
});
