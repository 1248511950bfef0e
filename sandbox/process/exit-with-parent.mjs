// Preloaded into every child of the sandbox. The channel to the parent closes when the parent ends, however it
// ends; a child that outlived it would hold its ports and its memory for good.
process.on('disconnect', () => process.exit(0));
// Listening on the channel must not be what keeps a child alive.
process.channel?.unref();
