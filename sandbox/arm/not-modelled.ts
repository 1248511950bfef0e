import { ArmError, invalidResourceNamespace, invalidResourceType } from './arm-error.ts';
import type { ArmPath } from './arm-path.ts';
import { typeOf } from './arm-path.ts';
import type { ResourceType } from './resource-type.ts';

/** Namespaces that Azure has and the sandbox has not: it must not say of them that they are invalid. */
const namespaces =
  `ApiManagement App AppConfiguration Automation Batch Billing BotService Cache Cdn CognitiveServices
  Compute Consumption ContainerInstance ContainerRegistry CostManagement DBforMySQL DBforPostgreSQL DataFactory
  DataProtection DesktopVirtualization DevTestLab Devices DocumentDB EventHub Features GuestConfiguration HDInsight
  HealthcareApis HybridCompute Insights KeyVault Kusto Logic MachineLearningServices Maintenance ManagedIdentity
  ManagedServices Management Maps Migrate NetApp Network NotificationHubs OperationalInsights OperationsManagement
  PolicyInsights Purview RecoveryServices RedHatOpenShift Relay ResourceGraph ResourceHealth Search Security
  SecurityInsights ServiceBus ServiceFabric SignalRService Solutions Sql StorageCache StorageSync StreamAnalytics
  Synapse Web`
    .split(/\s+/)
    .map((name) => `microsoft.${name.toLowerCase()}`);

/** Types and actions that Azure has in namespaces which are modelled in part, below the namespace. */
const parts: Readonly<Record<string, readonly string[]>> = {
  'microsoft.resources': [
    'deployments',
    'deploymentstacks',
    'templatespecs',
    'tagnames',
    'links',
    'moveresources',
    'exporttemplate',
  ],
  'microsoft.authorization': [
    'denyassignments',
    'permissions',
    'roleassignmentschedule',
    'roleeligibility',
    'rolemanagement',
    'policysetdefinitions',
    'classicadministrators',
    'provideroperations',
    'elevateaccess',
  ],
  'microsoft.storage': [
    'deletedaccounts',
    'skus',
    'operations',
    'inventorypolicies',
    'objectreplicationpolicies',
    'privateendpointconnections',
    'privatelinkresources',
    'failover',
    'listservicesas',
    'restoreblobranges',
    'revokeuserdelegationkeys',
    'hnsonmigration',
    'localusers',
    'startaccountmigration',
    'accountmigrations',
    'networksecurityperimeter',
    'immutabilitypolicies',
    'setlegalhold',
    'clearlegalhold',
    'lease',
    'migrate',
    'restore',
    'queues',
    'tables',
    'storagetasks',
    'reports',
  ],
};

/** The sandbox's own refusal: Azure would have answered. */
export function notModelled(what: string): ArmError {
  return new ArmError(
    501,
    'NotModelled',
    `The sandbox does not model ${what}. Azure does; sandbox/README.md says what the sandbox has.`,
  );
}

/** Refusal of a namespace that the catalogue does not have. */
export function unknownNamespace(namespace: string): ArmError {
  return namespaces.includes(namespace.toLowerCase())
    ? notModelled(`the resource provider '${namespace}'`)
    : invalidResourceNamespace(namespace);
}

/** Refusal of a type or an action that the catalogue does not have, which Azure may have or not. */
export function unknownType(path: ArmPath, apiVersion: string, catalogue: readonly ResourceType[]): ArmError {
  const namespace = path.namespace.toLowerCase();
  if (!catalogue.some(({ type }) => type.toLowerCase().startsWith(`${namespace}/`))) {
    return unknownNamespace(path.namespace);
  }
  const type = typeOf(path);
  const isAzures = parts[namespace]?.some((part) =>
    path.types.some((segment) => segment.toLowerCase().startsWith(part)),
  );
  return isAzures === true ? notModelled(`'${type}'`) : invalidResourceType(path.namespace, apiVersion);
}
