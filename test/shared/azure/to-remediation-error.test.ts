import { createHttpHeaders, createPipelineRequest, RestError } from '@azure/core-rest-pipeline';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toRemediationError } from '../../../shared/azure/to-remediation-error.ts';
import { errorPolicies, isCertainlyNotApplied, isTransient } from '../../../shared/errors.ts';
import { refusalWords } from '../../../shared/refusal.ts';
import { findSecret } from '../../../shared/text/secrets.ts';

it.each(['AbortError', 'TimeoutError'])(
  'a request that runs out of time (%s) is done again later',
  (name) => {
    const error = toRemediationError(
      Object.assign(new Error('The operation was aborted.'), { name }),
      'read "x"',
    );
    expect(error.code).toBe('azure-unavailable');
    expect(isTransient(error)).toBe(true);
    expect(error.message).toBe('Cannot read "x": no answer in time');
  },
);

/** An answer of Resource Manager, as the SDK throws it. */
function answered(status: number, error: object): RestError {
  const request = createPipelineRequest({ url: 'https://management.azure.com/x' });
  const bodyAsText = JSON.stringify({ error });
  const { code, message } = error as { code?: string; message?: string };
  return new RestError(message ?? '', {
    statusCode: status,
    ...(code === undefined ? {} : { code }),
    request,
    response: { request, status, headers: createHttpHeaders(), bodyAsText },
  });
}

const read = (status: number, error: object) => toRemediationError(answered(status, error), 'update "x"');

/**
 * Status and code of errors that Azure was recorded to answer with (public recordings of the SDKs, azure-cli and Azure Service
 * Operator), or that public reports quote, and what they mean for a change.
 */
const recorded: readonly (readonly [status: number, code: string, meaning: string])[] = [
  [400, 'BadRequest', 'request-refused'],
  [400, 'InvalidParameter', 'request-refused'],
  [400, 'InvalidValuesForRequestParameters', 'request-refused'],
  [400, 'ManagedEnvironmentNotProvisioned', 'operation-in-progress'],
  [400, 'NoRegisteredProviderFound', 'request-refused'],
  [400, 'OperationNotAllowed', 'request-refused'],
  [400, 'ReferencedResourceNotProvisioned', 'operation-in-progress'],
  [400, 'StorageProvisioningStateNotSucceeded', 'operation-in-progress'],
  [401, 'ExpiredAuthenticationToken', 'identity-unavailable'],
  [403, 'AuthorizationFailed', 'access-denied'],
  [403, 'DenyAssignmentAuthorizationFailed', 'denied-by-assignment'],
  [403, 'LinkedAuthorizationFailed', 'access-denied'],
  [403, 'RequestDisallowedByPolicy', 'denied-by-policy'],
  [404, 'NotFound', 'azure-unavailable'],
  [404, 'ParentResourceNotFound', 'resource-gone'],
  [404, 'ResourceGroupNotFound', 'resource-gone'],
  [404, 'ResourceNotFound', 'resource-gone'],
  [405, 'MethodNotAllowed', 'request-refused'],
  [409, 'AccountIsNotInExpectedState', 'conflict'],
  [409, 'AnotherOperationInProgress', 'operation-in-progress'],
  [409, 'Conflict', 'conflict'],
  [409, 'EtagMismatch', 'conflict'],
  [409, 'MissingRegistrationForLocation', 'request-refused'],
  [409, 'MissingSubscriptionRegistration', 'request-refused'],
  [409, 'OperationInProgress', 'operation-in-progress'],
  [409, 'OperationNotAllowed', 'conflict'],
  [409, 'ReadOnlyDisabledSubscription', 'request-refused'],
  [409, 'RetryableError', 'operation-in-progress'],
  [409, 'ScopeLocked', 'resource-locked'],
  [409, 'ServerSecurityAlertPolicyInProgress', 'operation-in-progress'],
  [409, 'StorageAccountIsNotProvisioned', 'operation-in-progress'],
  [409, 'StorageAccountOperationInProgress', 'operation-in-progress'],
  [412, 'PreconditionFailed', 'resource-changed'],
  [423, 'Locked', 'conflict'],
  [429, 'ResourceRequestsThrottled', 'throttled'],
  [500, 'InternalServerError', 'azure-unavailable'],
  [502, 'BadGatewayConnection', 'azure-unavailable'],
  [503, 'ServerTimeout', 'azure-unavailable'],
  [504, 'GatewayTimeout', 'azure-unavailable'],
];

describe('an answer of Azure', () => {
  it.each(recorded)('%d %s means %s', (status, code, meaning) => {
    expect(read(status, { code, message: 'As Azure says.' }).code).toBe(meaning);
  });

  it('with 409 and a code that nobody knows had no effect, and is tried again within seconds', () => {
    const known = new Set(recorded.map(([, code]) => code));
    const codes = fc.stringMatching(/^[A-Z][A-Za-z]{3,30}$/).filter((code) => !known.has(code));
    fc.assert(
      fc.property(codes, (code) => {
        const error = read(409, { code, message: 'No.' });
        expect(errorPolicies[error.code].retry).toBe('soon');
        expect(isCertainlyNotApplied(error)).toBe(true);
      }),
      { examples: [['StorageAccountIsNotProvisioned'], ['Conflict'], ['Unheard']] },
    );
  });

  it('never ends work for good because Azure itself fails', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 500, max: 599 }),
        fc.stringMatching(/^[A-Z][A-Za-z]{3,30}$/),
        (status, code) => isTransient(read(status, { code, message: 'Oops.' })),
      ),
      { examples: [[503, 'OperationInProgress']] },
    );
  });
});

const scope = '/subscriptions/11111111-2222-3333-4444-555555555555/resourceGroups/rg-models';
const account = `${scope}/providers/Microsoft.Storage/storageAccounts/weights`;
const corp = '/providers/Microsoft.Management/managementGroups/corp/providers/Microsoft.Authorization';

describe('a refusal names what stands in the way', () => {
  it.each([
    ['one scope', scope, [scope]],
    ['the resource and its group', `${account},${scope}`, [account, scope]],
  ])('a lock on %s', (_, said, scopes) => {
    const error = read(409, {
      code: 'ScopeLocked',
      message: `The scope '${account}' cannot perform write operation because following scope(s) are locked: '${said}'. Please remove the lock and try again.`,
    });
    expect(error).toMatchObject({
      code: 'resource-locked',
      refusal: { by: 'lock', scopes },
      isWhole: true,
    });
    scopes.forEach((each) => expect(refusalWords(error)?.what).toContain(`"${each}"`));
    expect(refusalWords(error)?.mend).toContain('Remove the lock');
  });

  const assignment = {
    id: `${corp}/policyAssignments/deny-no-tag`,
    name: 'Storage must keep tag costCenter',
  };
  const definition = { id: `${corp}/policyDefinitions/require-tag`, name: 'Require a tag' };
  const identifiers = JSON.stringify([
    {
      policyAssignment: { name: assignment.name, id: assignment.id },
      policyDefinition: { name: definition.name, id: definition.id },
    },
  ]);
  const additionalInfo = [
    {
      type: 'PolicyViolation',
      info: {
        policyAssignmentId: assignment.id,
        policyAssignmentDisplayName: assignment.name,
        policyDefinitionId: definition.id,
        policyDefinitionDisplayName: definition.name,
      },
    },
  ];

  it.each<[string, object, boolean]>([
    [
      'in its text',
      { message: `Resource 'weights' was disallowed by policy. Policy identifiers: '${identifiers}'.` },
      true,
    ],
    ['in its details', { message: "Resource 'weights' was disallowed by policy.", additionalInfo }, true],
    [
      'in a text that is cut off',
      {
        message: `Resource 'weights' was disallowed by policy. Policy identifiers: '${identifiers.slice(0, -20)}`,
      },
      false,
    ],
  ])('an assignment of Azure Policy, %s', (_, said, isWhole) => {
    const error = read(403, { code: 'RequestDisallowedByPolicy', target: 'weights', ...said });
    expect(error).toMatchObject({
      code: 'denied-by-policy',
      refusal: { by: 'policy', assignments: [assignment] },
      // A policy may deny one property only.
      isWhole: false,
    });
    expect(error.refusal).toMatchObject({ definitions: isWhole ? [definition] : [] });
    expect(refusalWords(error)?.what).toContain(`"${assignment.name}" (${assignment.id})`);
  });

  it.each([
    'System deny assignment created by Azure Databricks /subscriptions/x/resourceGroups/y',
    "Deny assignment '0b0f' created by Deployment Stack 'prod'.",
  ])('the deny assignment "%s", and no missing action', (name) => {
    const error = read(403, {
      code: 'DenyAssignmentAuthorizationFailed',
      message: `The client 'a' with object id 'b' has permission to perform action 'Microsoft.Storage/storageAccounts/write' on scope '${account}'; however, the access is denied because of the deny assignment with name '${name}' and Id 'bb83' at scope '${scope}'.`,
    });
    expect(error).toMatchObject({
      code: 'denied-by-assignment',
      refusal: { by: 'deny-assignment', name, id: 'bb83', scope },
      isWhole: true,
    });
    expect(error.action).toBeUndefined();
    expect(error.message).not.toContain('storageAccounts/write');
    expect(refusalWords(error)?.what).toContain(`"${name}" (bb83) on "${scope}"`);
  });

  it.each([
    [
      'AuthorizationFailed',
      "The client 'a' with object id 'b' does not have authorization to perform action 'Microsoft.Storage/storageAccounts/write' over scope '/x' or the scope is invalid.",
      'Microsoft.Storage/storageAccounts/write',
      true,
    ],
    [
      'LinkedAuthorizationFailed',
      "The client 'a' has permission to perform action 'Microsoft.Storage/storageAccounts/write' on scope '/x'; however, it does not have permission to perform action 'Microsoft.Network/virtualNetworks/subnets/joinViaServiceEndpoint/action' on the linked scope(s) '/y' or the linked scope(s) are invalid.",
      'Microsoft.Network/virtualNetworks/subnets/joinViaServiceEndpoint/action',
      false,
    ],
  ])(
    '%s: the action that is missing, and never one that the identity holds',
    (code, message, action, isWhole) => {
      expect(read(403, { code, message })).toMatchObject({ code: 'access-denied', action, isWhole });
    },
  );

  it('whatever stands in Azure’s answer: one line, bounded, and nothing like a secret', () => {
    const secret = `AccountKey=${'a'.repeat(86)}==`;
    const odd = [
      secret,
      '\u202e',
      '\u2028',
      '\u0000',
      '\u001b[31m',
      '\ud800',
      "'",
      '__proto__',
      'n'.repeat(100_000),
    ];
    const name = fc.array(fc.oneof(fc.constantFrom(...odd), fc.string({ unit: 'binary' })), { maxLength: 5 });
    const codes = ['ScopeLocked', 'RequestDisallowedByPolicy', 'DenyAssignmentAuthorizationFailed'];
    fc.assert(
      fc.property(fc.constantFrom(...codes), name, (code, parts) => {
        const text = parts.join('');
        const id = `/${text}`;
        const error = read(code === 'ScopeLocked' ? 409 : 403, {
          code,
          message: `following scope(s) are locked: '${id}' the deny assignment with name '${text}' and Id '${text}' at scope '${id}' Policy identifiers: '[{"policyAssignment":${JSON.stringify({ name: text, id })}}]'`,
          additionalInfo: [
            { type: 'PolicyViolation', info: { policyAssignmentId: id, policyAssignmentDisplayName: text } },
            text,
          ],
        });
        expect(findSecret(error.refusal)).toBeUndefined();
        const told = JSON.stringify([error.refusal, refusalWords(error)]);
        expect(told.length).toBeLessThan(40_000);
        expect(told).not.toMatch(/\\u|[\p{C}\p{Zl}\p{Zp}]/u);
      }),
      { examples: odd.map((text) => [codes[2]!, [text]] as [string, string[]]) },
    );
  });
});
