/**
 * Longest that a test waits for something, in milliseconds. Only what never comes meets this limit: on a busy machine
 * everything takes many times as long, and nothing is wrong.
 */
export const patienceMs = 300_000;
