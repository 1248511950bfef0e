import { blobContainerAnonymousAccess } from '../../remediators/blob-container-anonymous-access.ts';
import { describeRemediator } from '../support/describe-remediator.ts';

const change = { properties: { publicAccess: 'None' } };
const open = { properties: { allowBlobPublicAccess: true } };
const closed = { properties: { allowBlobPublicAccess: false } };

describeRemediator(blobContainerAnonymousAccess, {
  inSync: [
    { name: 'private', resource: { properties: { publicAccess: 'None' } }, root: open },
    {
      name: 'private, in a closed account',
      resource: { properties: { publicAccess: 'None' } },
      root: closed,
    },
    { name: 'private, in an account that is unread', resource: { properties: { publicAccess: 'None' } } },
    { name: 'absent, which is private', resource: { properties: {} }, root: open },
  ],
  drifted: [
    {
      name: 'blobs are public',
      resource: { properties: { publicAccess: 'Blob' } },
      root: open,
      exposure: 'real',
      change,
    },
    {
      name: 'blobs and their list are public',
      resource: { properties: { publicAccess: 'Container' } },
      root: open,
      exposure: 'real',
      change,
    },
    {
      name: 'the account does not say that it is closed',
      resource: { properties: { publicAccess: 'Container' } },
      root: { properties: {} },
      exposure: 'real',
      change,
    },
    {
      name: 'behind an account that is closed',
      resource: { properties: { publicAccess: 'Container' } },
      root: closed,
      severity: 'low',
      exposure: 'latent',
      change,
    },
    {
      name: 'the container of a static website',
      resource: { name: '$web', properties: { publicAccess: 'Blob' } },
      root: open,
      exposure: 'real',
      change,
    },
    {
      name: 'other settings are kept',
      resource: {
        etag: '"0x8DED98F1F27E14D"',
        properties: { publicAccess: 'Blob', metadata: { purpose: 'demo' }, hasLegalHold: true },
      },
      root: open,
      exposure: 'real',
      change,
    },
    {
      name: 'a level that Azure may add later',
      resource: { properties: { publicAccess: 'Listing' } },
      root: open,
      exposure: 'real',
      change,
    },
  ],
  unknown: [
    {
      name: 'an incomplete body without the property',
      resource: { properties: {} },
      root: open,
      path: 'properties.publicAccess',
    },
  ],
  needsRoot: [
    { name: 'public, in an account that is unread', resource: { properties: { publicAccess: 'Blob' } } },
  ],
  malformed: [
    { name: 'no properties', resource: {}, root: open },
    { name: 'a boolean', resource: { properties: { publicAccess: false } }, root: open },
    { name: 'a malformed account', resource: { properties: { publicAccess: 'Blob' } }, root: {} },
  ],
});
