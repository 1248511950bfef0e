import { parseArgs } from 'node:util';

export interface StartOptions {
  /** Plays the story, prints the summary and ends. */
  readonly once: boolean;
  /** Takes `dist` as it is. */
  readonly noBuild: boolean;
  readonly help: boolean;
  /** Actions that are taken away from the app's roles, to see how that ends. */
  readonly withhold: readonly string[];
}

export const usage = `Usage: npm start [-- options]

  --once               play the story, print the summary, end with 0 if all is closed that should be, else with 1
  --withhold <action>  take an action away from the app's roles, such as Microsoft.Storage/storageAccounts/write
  --no-build           run the app that lies in dist/ instead of building it
  --help               print this`;

/** Reads the command line. @throws Error that names what it does not know */
export function parseOptions(words: readonly string[]): StartOptions {
  const { values } = parseArgs({
    args: [...words],
    options: {
      once: { type: 'boolean', default: false },
      'no-build': { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
      withhold: { type: 'string', multiple: true, default: [] },
    },
  });
  return { once: values.once, noBuild: values['no-build'], help: values.help, withhold: values.withhold };
}
