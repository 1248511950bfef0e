// Preload (`node --import`) that writes down which files a process loads, and when: one JSON line each, into the file
// that MODULE_LOG names.
import { appendFileSync } from 'node:fs';
import { registerHooks } from 'node:module';

const file = process.env.MODULE_LOG;

if (file !== undefined) {
  registerHooks({
    load(url, context, nextLoad) {
      const at = performance.timeOrigin + performance.now();
      appendFileSync(file, `${JSON.stringify({ url, at, processId: process.pid })}\n`);
      return nextLoad(url, context);
    },
  });
}
