// Preload (`node --import`) that holds back the chunk with Application Insights until the file that HOLD_UNTIL names
// is there. The rest of the process goes on meanwhile.
import { existsSync, readFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { fileURLToPath } from 'node:url';

const hold = `await (async () => {
  const { existsSync } = await import('node:fs');
  for (let waited = 0; waited < 20_000 && !existsSync(${JSON.stringify(process.env.HOLD_UNTIL)}); waited += 20) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
})();`;

registerHooks({
  load(url, context, nextLoad) {
    const loaded = nextLoad(url, context);
    const isHeld = url.startsWith('file:') && isTelemetry(`${fileURLToPath(url)}.map`);
    return isHeld ? { ...loaded, source: `${hold}${String(loaded.source)}` } : loaded;
  },
});

function isTelemetry(map) {
  return existsSync(map) && readFileSync(map, 'utf8').includes('node_modules/applicationinsights/');
}
