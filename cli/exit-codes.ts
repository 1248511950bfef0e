/** Exit codes of commands. Scripts rely on these numbers. */
export const exitCodes = {
  /** Done, and nothing is wrong. For `verify`: signed checkpoints vouch for the entries that the verdict names. */
  ok: 0,
  /** Something is wrong with the ledger, or `--fail-on` matched: the output says what and where. */
  finding: 1,
  /** The command line is wrong. */
  usage: 2,
  /**
   * The command could not run, or did not finish. `scan` and `plan` saw nothing, or only a part of what they were asked for.
   * A decision was not recorded.
   */
  failed: 3,
  /** `verify` found nothing wrong, but nothing vouches for some of the entries, or the history ends too early. */
  unvouched: 4,
  /** The user interrupted; shells use this number too. */
  interrupted: 130,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** Text for the help of the program. */
export const exitCodeHelp = `
Exit codes:
  0    done, nothing wrong
  1    something is wrong with the ledger, or what --fail-on asks for was found; the output says what and where
  2    the command line is wrong
  3    the command could not run, did not finish, saw nothing or not all that it was asked to, or recorded not every decision
  4    "ledger verify" found nothing wrong, and nothing vouches for all of what it was given, or it ends too early
  130  interrupted`;
