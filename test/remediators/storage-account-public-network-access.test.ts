import { storageAccountPublicNetworkAccess } from '../../remediators/storage-account-public-network-access.ts';
import { describeRemediator } from '../support/describe-remediator.ts';

const change = { properties: { publicNetworkAccess: 'Disabled' } };
const undo = { kind: 'default', body: { properties: { publicNetworkAccess: 'Enabled' } } } as const;
const path = 'properties.publicNetworkAccess';

const connection = (status: string) => ({
  name: 'weights.a1',
  properties: { privateLinkServiceConnectionState: { status, description: '' } },
});
const notOffered = {
  reason: 'The account has no approved private endpoint: nobody could reach it any more',
  guidance: [/^1\. Create a private endpoint to "weights"/, /\n2\. Approve/, /privatelink\.blob/, /\n5\. /],
};

describeRemediator(storageAccountPublicNetworkAccess, {
  inSync: [
    { name: 'public networks are refused', resource: { properties: { publicNetworkAccess: 'Disabled' } } },
    {
      name: 'a network security perimeter decides',
      resource: { properties: { publicNetworkAccess: 'SecuredByPerimeter' } },
    },
  ],
  drifted: [
    {
      name: 'public, with an approved private endpoint',
      resource: {
        properties: { publicNetworkAccess: 'Enabled', privateEndpointConnections: [connection('Approved')] },
      },
      change,
      impact: /private endpoint/,
    },
    {
      name: 'one endpoint of several is approved',
      resource: {
        properties: {
          publicNetworkAccess: 'Enabled',
          privateEndpointConnections: [{ properties: {} }, connection('Rejected'), connection('Approved')],
        },
      },
      change,
    },
    {
      name: 'absent, which Azure reads as Enabled',
      resource: { properties: { privateEndpointConnections: [connection('Approved')] } },
      change,
      undo,
    },
    {
      name: 'narrowed by the firewall, whose rules are kept',
      resource: {
        tags: { owner: 'research' },
        properties: {
          publicNetworkAccess: 'Enabled',
          networkAcls: {
            defaultAction: 'Deny',
            bypass: 'AzureServices',
            ipRules: [{ value: '203.0.113.7' }],
          },
          privateEndpointConnections: [connection('Approved')],
        },
      },
      severity: 'medium',
      change,
    },
    {
      name: 'a firewall that allows everybody narrows nothing',
      resource: { properties: { publicNetworkAccess: 'Enabled', networkAcls: { defaultAction: 'Allow' } } },
      differences: [path],
      notOffered,
    },
    { name: 'no private endpoint', resource: { properties: {} }, differences: [path], notOffered },
    {
      name: 'a private endpoint that waits for approval',
      resource: {
        properties: { publicNetworkAccess: 'Enabled', privateEndpointConnections: [connection('Pending')] },
      },
      differences: [path],
      notOffered,
    },
    {
      name: 'a value that Azure may add later',
      resource: { properties: { publicNetworkAccess: 'EnabledForPartners' } },
      differences: [path],
      notOffered,
    },
  ],
  unknown: [{ name: 'an incomplete body without the property', resource: { properties: {} }, path }],
  malformed: [
    { name: 'no properties', resource: {} },
    { name: 'a boolean', resource: { properties: { publicNetworkAccess: false } } },
    {
      name: 'connections that are no list',
      resource: { properties: { publicNetworkAccess: 'Enabled', privateEndpointConnections: {} } },
    },
  ],
});
