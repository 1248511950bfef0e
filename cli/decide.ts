import { Command } from 'commander';
import { CaseDetail, type CaseSummary, Recorded } from '../shared/api/schemas.ts';
import type { Verdict } from '../shared/case/decision.ts';
import { longestLeaveDays } from '../shared/approval/rules.ts';
import { closeWords } from '../shared/words/close.ts';
import { verdictLabels, verdictWords } from '../shared/words/verdict.ts';
import { wordFor } from '../shared/words/known-word.ts';
import { RemediationError } from '../shared/errors.ts';
import { type ApiClient, apiHelp, apiPlace, ApiRefusal, type OpenApi, withApi } from './api.ts';
import { type AskPerson, isYes } from './ask.ts';
import { type CaseSource, oneCase } from './case-source.ts';
import { casePath, casesOfService } from './cases-of-service.ts';
import { detailLines } from './decision-text.ts';
import { type ExitCode, exitCodes } from './exit-codes.ts';
import { chainNames, time } from './options.ts';
import type { Output } from './output.ts';
import { printable, printableJson } from './printable.ts';

/** The parts of the process that commands calling the service need. */
export interface ServiceContext {
  readonly output: Output;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
  readonly openApi: OpenApi;
  readonly ask: AskPerson;
}

interface Options {
  readonly api?: string;
  readonly clientId?: string;
  readonly subscription?: readonly string[];
  readonly reason?: string;
  readonly until?: string;
  readonly yes?: true;
  readonly json?: true;
}

interface Wording {
  readonly summary: string;
  readonly description: string;
  readonly example: string;
}

const wordings: Readonly<Record<Verdict, Wording>> = {
  approve: {
    summary: 'let a change be made',
    description: 'Approves the change of a case. The service makes it once enough people have said so.',
    example: 'leakstop approve 5b2c1f7e',
  },
  deny: {
    summary: 'refuse a change, for a time',
    description: 'Denies the change of a case: the leak stays open until the time given.',
    example: 'leakstop deny 5b2c1f7e --until 2026-04-01 --reason "moves to the new account in March"',
  },
  exempt: {
    summary: 'permit a drift, for a time',
    description: 'Exempts what a case is about: the drift is permitted until the time given.',
    example: 'leakstop exempt 5b2c1f7e --until 2026-04-01 --reason "public by contract"',
  },
  undo: {
    summary: 'take a change back, for a time',
    description: 'Takes back the change of a closed case: the drift is permitted until the time given.',
    example: 'leakstop undo 5b2c1f7e --until 2026-03-02T18:00Z --reason "the build reads without a key"',
  },
};

const help = (example: string): string => `${apiHelp}

Shows exactly what would be changed and asks before it records anything. --yes asks nothing; where there is no terminal,
nothing is recorded without it. The decision holds for what was shown: if that has changed meanwhile, nothing is recorded
and what stands now is shown. The id of a case may be cut short, as long as it names one.

Example:
  ${example}`;

/** `leakstop approve`, `deny`, `exempt` and `undo`. */
export function decide(verdict: Verdict, context: ServiceContext, end: (code: ExitCode) => void): Command {
  const { summary, description, example } = wordings[verdict];
  const command = withApi(new Command(verdict))
    .summary(summary)
    .description(description)
    .argument('<case...>', 'ids of cases, or their beginnings')
    .option('--subscription <id...>', 'only cases of these', chainNames);
  const reason = ['--reason <text>', 'why, for the ledger'] as const;
  return (
    verdict === 'approve'
      ? command.option(...reason)
      : command
          .requiredOption(...reason)
          .requiredOption(
            '--until <time>',
            `until when, ${longestLeaveDays} days at most, such as 2026-04-01 or 2026-03-02T18:00Z`,
            time,
          )
  )
    .option('--yes', 'ask nothing')
    .option('--json', 'one JSON object a line')
    .addHelpText('after', help(example))
    .action(async (ids: readonly string[], options: Options, used: Command) => {
      if (options.yes === undefined && context.ask === undefined) {
        used.error(
          'error: nobody can be asked where there is no terminal: say --yes once you know what is changed',
        );
      }
      const api = await context.openApi(apiPlace(options, context.environment, used), context.signal);
      end(await run(verdict, ids, options, api, context));
    });
}

async function run(
  verdict: Verdict,
  ids: readonly string[],
  options: Options,
  api: ApiClient,
  context: ServiceContext,
): Promise<ExitCode> {
  const { output } = context;
  const found = await findCases(ids, verdict, options, casesOfService(api, context.signal));
  const details: CaseDetail[] = [];
  for (const each of found) {
    const detail = await show(each, api);
    output.tell(...detailLines(detail));
    if (!detail.options.allowed.includes(verdict)) {
      const why = detail.options.why[verdict] ?? 'there is nothing of the kind to decide';
      throw new RemediationError('request-refused', `Cannot ${verdict} the case "${each.case}": ${why}`);
    }
    details.push(detail);
  }
  if (options.yes === undefined && !(await isConfirmed(verdict, details.length, context))) {
    output.tell('Nothing was decided.');
    return exitCodes.failed;
  }
  let code: ExitCode = exitCodes.ok;
  for (const detail of details) {
    context.signal.throwIfAborted();
    if (!(await record(verdict, detail, options, api, output))) {
      code = exitCodes.failed;
    }
  }
  return code;
}

async function isConfirmed(
  verdict: Verdict,
  count: number,
  { ask, signal }: ServiceContext,
): Promise<boolean> {
  const what = count === 1 ? 'this case' : `these ${count} cases`;
  return isYes((await ask?.(`${verdictLabels[verdict]} ${what}? [y/N] `, signal)) ?? '');
}

function show(
  { subscription, case: id }: Pick<CaseSummary, 'subscription' | 'case'>,
  api: ApiClient,
): Promise<CaseDetail> {
  return api.get(`show the case "${id}"`, casePath(subscription, id), CaseDetail);
}

/** Records one decision and prints the result; returns true if the decision was recorded. */
async function record(
  verdict: Verdict,
  detail: CaseDetail,
  { reason, until, json }: Options,
  api: ApiClient,
  output: Output,
): Promise<boolean> {
  const { subscription, case: id, hash: proposal } = detail;
  const told = { subscription, case: id, verdict, proposal };
  const body = {
    proposal,
    verdict,
    ...(reason !== undefined && { reason }),
    ...(until !== undefined && { until }),
  };
  try {
    const answer = await api.post(
      `${verdict} the case "${id}"`,
      `${casePath(subscription, id)}/decisions`,
      body,
      Recorded,
    );
    await output.write(
      json === undefined
        ? `${printable(id)}: ${verdict} recorded${quorumText(answer)}\n`
        : `${printableJson({ ...told, recorded: answer })}\n`,
    );
    return true;
  } catch (error) {
    if (!(error instanceof ApiRefusal)) {
      throw error;
    }
    if (json !== undefined) {
      await output.write(`${printableJson({ ...told, problem: error.problem })}\n`);
    }
    output.tell(printable(error.message));
    const { decided, code } = error.problem;
    if (decided !== undefined) {
      output.tell(
        printable(`Decided before: ${decided.by} ${wordFor(verdictWords, decided.verdict)}, ${decided.at}`),
      );
    }
    if (code === 'changed') {
      output.tell('Nothing was decided about it. This stands now; run the command again to decide about it:');
      output.tell(...detailLines(await show(detail, api)));
    }
    return false;
  }
}

/**
 * The cases that ids, or beginnings of ids, name.
 * @throws RemediationError for an id that names no case, several cases, or a closed one
 */
async function findCases(
  ids: readonly string[],
  verdict: Verdict,
  { subscription }: Options,
  source: CaseSource,
): Promise<readonly CaseSummary[]> {
  const found = new Map<string, CaseSummary>();
  for (const id of ids) {
    const summary = oneCase(
      verdict,
      id.toLowerCase(),
      await source.begin(id.toLowerCase(), subscription === undefined ? {} : { subscription }),
    );
    if (summary.state === 'closed' && verdict !== 'undo') {
      throw new RemediationError(
        'request-refused',
        `Cannot ${verdict} the case "${summary.case}": it was closed${summary.closedAt === undefined ? '' : ` at ${summary.closedAt}`}, ${wordFor(closeWords, summary.closed)}`,
      );
    }
    found.set(`${summary.subscription}/${summary.case}`, summary);
  }
  return [...found.values()];
}

/** Text with the number of people who agreed, if more than one is needed. */
function quorumText({ given, needed }: { readonly given: number; readonly needed: number }): string {
  if (needed === 1) {
    return '';
  }
  const missing = needed - given;
  const rest = missing > 0 ? `; ${missing} more ${missing === 1 ? 'has' : 'have'} to say so` : '';
  return `, by ${given} of the ${needed} people that it takes${rest}`;
}
