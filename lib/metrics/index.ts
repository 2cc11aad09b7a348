// The API of `require('abtrace/metrics')`: the memory of a running process for the systems that watch it. Only
// re-exports.

export type { BatchCallback, MeterLike, OpenTelemetryOptions } from './opentelemetry';
export { observeOpenTelemetry } from './opentelemetry';
export type { PromClientLike, PromClientOptions, PromGauge } from './prometheus';
export { prometheusText, registerPromClient } from './prometheus';
export type { PushStats } from './push-queue';
export type { PyroscopeOptions, PyroscopePush } from './pyroscope';
export { pushToPyroscope } from './pyroscope';
export type { ReadingOptions } from './reading';
