import type { Clock } from '../clock.ts';
import type { Remediator } from '../contract/remediator.ts';
import type { Logger } from '../telemetry/logger.ts';
import { redact } from '../text/secrets.ts';
import type { DocumentReading } from './policy-source.ts';

/** Reads documents for a running service: warnings go to its log. The parser is loaded with the first document. */
export function openDocumentReader(
  catalogue: readonly Remediator[],
  clock: Clock,
  logger: Logger,
): (text: string) => Promise<DocumentReading> {
  return async (text) => {
    const [{ readPolicy }, { controlFacts }, { diagnosticLine }] = await Promise.all([
      import('./read-policy.ts'),
      import('./control-facts.ts'),
      import('./diagnostic.ts'),
    ]);
    const { accepted, diagnostics } = readPolicy(text, {
      controls: controlFacts(catalogue),
      now: clock.now(),
    });
    if (accepted === undefined) {
      const errors = diagnostics.filter(({ severity }) => severity === 'error');
      return { kind: 'refused', faults: errors.map(diagnosticLine) };
    }
    const [first] = diagnostics;
    if (first !== undefined) {
      logger.warning('The policy has warnings', {
        policy: accepted.policy.name,
        count: diagnostics.length,
        first: redact(diagnosticLine(first)),
      });
    }
    return { kind: 'policy', policy: accepted.policy };
  };
}
