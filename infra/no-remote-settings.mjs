// The telemetry SDK asks an address of its vendor once an hour for settings, which it then obeys; no setting of ours stops that.
// Leakstop talks to the sink that the deployment names and to nobody else, so this module takes the place of the one that asks.

const manager =
  /[\\/]@azure[\\/]monitor-opentelemetry-exporter[\\/].*[\\/]_configuration[\\/]configurationManager\.js$/;
/** What asks by the clock; only the manager begins it. */
const worker = /monitor-opentelemetry-exporter\/.*\/_configuration\/configurationWorker\.js$/;

const answersNothing = `
const nothing = () => undefined;
const manager = { initialize: nothing, shutdown: nothing, registerCallback: () => nothing };
exports.ConfigurationManager = class {
  static getInstance() {
    return manager;
  }
};
`;

/** Plugin of esbuild. The build fails when the SDK would ask from somewhere else, as a later version of it may. */
export const noRemoteSettings = {
  name: 'no-remote-settings',
  setup(build) {
    let replaced = 0;
    build.onLoad({ filter: manager }, () => {
      replaced += 1;
      return { contents: answersNothing, loader: 'js' };
    });
    build.onEnd(({ metafile }) => {
      const asking = Object.keys(metafile?.inputs ?? {}).filter((file) => worker.test(file));
      const text =
        'the telemetry SDK would ask its vendor for settings: find what begins it now, and leave it out in infra/no-remote-settings.mjs';
      return { errors: replaced === 0 || asking.length > 0 ? [{ text, detail: asking }] : [] };
    });
  },
};
