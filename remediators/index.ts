import type { Remediator } from '../shared/contract/remediator.ts';
import { blobContainerAnonymousAccess } from './blob-container-anonymous-access.ts';
import { storageAccountBlobAnonymousAccess } from './storage-account-blob-anonymous-access.ts';
import { storageAccountHttpsOnly } from './storage-account-https-only.ts';
import { storageAccountInfrastructureEncryption } from './storage-account-infrastructure-encryption.ts';
import { storageAccountMinTls } from './storage-account-min-tls.ts';
import { storageAccountPublicNetworkAccess } from './storage-account-public-network-access.ts';
import { storageAccountSharedKeyAccess } from './storage-account-shared-key-access.ts';

/** Every control that Leakstop enforces, alphabetically. */
export const catalogue: readonly Remediator[] = [
  blobContainerAnonymousAccess,
  storageAccountBlobAnonymousAccess,
  storageAccountHttpsOnly,
  storageAccountInfrastructureEncryption,
  storageAccountMinTls,
  storageAccountPublicNetworkAccess,
  storageAccountSharedKeyAccess,
];
