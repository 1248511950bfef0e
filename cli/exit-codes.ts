/** How a command ended. Scripts rely on these numbers. */
export const exitCodes = {
  /** Done, and nothing is wrong. For `verify`: signed checkpoints vouch for what the verdict names. */
  ok: 0,
  /** Something is wrong with the ledger, or `--fail-on` found what it was asked for: the output says what and where. */
  finding: 1,
  /** The command line is wrong. */
  usage: 2,
  /**
   * The command could not run, or did not finish. For `scan` and `plan`: it saw nothing, or not all that it was asked to.
   * A decision was not recorded.
   */
  failed: 3,
  /** `verify` found nothing wrong, and nothing vouches for some of what was given, or it ends too early. */
  unvouched: 4,
  /** The user interrupted, as shells say it. */
  interrupted: 130,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** For the help of the program. */
export const exitCodeHelp = `
Exit codes:
  0    done, nothing wrong
  1    something is wrong with the ledger, or what --fail-on asks for was found; the output says what and where
  2    the command line is wrong
  3    the command could not run, did not finish, saw nothing or not all that it was asked to, or recorded not every decision
  4    "ledger verify" found nothing wrong, and nothing vouches for all of what it was given, or it ends too early
  130  interrupted`;
