import { catalogue } from '../../remediators/index.ts';
import { openLinkSigner } from '../../shared/approval/link-token.ts';
import type { StorageCredential } from '../../shared/azure/clients.ts';
import { openSigningKey } from '../../shared/azure/signing-key.ts';
import { openChainReader } from '../../shared/ledger/chain-reader.ts';
import type { Policy } from '../../shared/policy/policy.ts';
import type { Settings } from '../../shared/settings.ts';
import type { SubscriptionNames } from '../../shared/subscription-names.ts';
import type { Notifier } from '../../shared/teams/notifier.ts';
import { createNotifier } from '../../shared/teams/notifier.ts';
import { openWebhook } from '../../shared/teams/webhook.ts';
import type { Records } from '../../shared/records/open-records.ts';
import type { Process } from './process.ts';

/** Opens the notifier: cards in Teams and messages on the second channel, as far as they are configured. */
export function openNotifier(
  { clock, logger, telemetry }: Process,
  settings: Settings,
  credential: StorageCredential,
  records: () => Promise<
    Omit<Records, 'names'> & { readonly policy: Policy; readonly names: SubscriptionNames }
  >,
): Notifier {
  const { webhooks, webUrl, subscriptions } = settings;
  const key = openSigningKey(settings.linkKey, credential, clock);
  return createNotifier(
    async () => {
      const { evidence, notices: store, ledger, policy, names } = await records();
      return { reader: openChainReader(evidence), store, ledger, policy, names };
    },
    {
      subscriptions,
      webhooks: {
        ...(webhooks.teams === undefined ? {} : { teams: openWebhook(webhooks.teams, clock) }),
        ...(webhooks.escalation === undefined ? {} : { escalation: openWebhook(webhooks.escalation, clock) }),
      },
      signer: openLinkSigner(key),
      key,
      controls: catalogue.map(({ meta }) => meta),
      webUrl,
      clock,
      logger,
      telemetry,
    },
  );
}
