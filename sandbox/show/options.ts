import { parseArgs } from 'node:util';

export interface StartOptions {
  /** Plays the story, prints the summary and ends. */
  readonly once: boolean;
  /** Takes `dist` as it is. */
  readonly noBuild: boolean;
  /** Starts no functions hosts: one that runs elsewhere is used. */
  readonly noHosts: boolean;
  /** Address of that host; a query, such as `?code=KEY`, goes with every call. */
  readonly host: string;
  readonly help: boolean;
  /** Actions that are taken away from the app's roles, to see how that ends. */
  readonly withhold: readonly string[];
}

export const usage = `Usage: npm start [-- options]

  --once               play the story, print the summary, end with 0 if all is closed that should be, else with 1
  --no-hosts           start everything but the functions hosts, print their settings, and deliver events to a host of
                       your own, such as "func start"; plays no story
  --host <url>         where that host is, http://localhost:7071 if absent; a key goes behind it as ?code=KEY
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
      'no-hosts': { type: 'boolean', default: false },
      host: { type: 'string', default: 'http://localhost:7071' },
      help: { type: 'boolean', default: false },
      withhold: { type: 'string', multiple: true, default: [] },
    },
  });
  const { once, help, host, withhold, 'no-build': noBuild, 'no-hosts': noHosts } = values;
  if (once && noHosts) {
    throw new Error('Cannot play the story with "--no-hosts": leave "--once" out');
  }
  if (!URL.canParse(host) || !/^https?:$/.test(new URL(host).protocol)) {
    throw new Error(`Cannot read "--host": "${host}" is no http or https URL`);
  }
  return { once, noBuild, noHosts, host, help, withhold };
}
