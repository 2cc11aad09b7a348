// The figures of repeated measurements. Means say nothing here: a busy machine makes long tails.
import { max, median, min, quantile } from 'simple-statistics';

/**
 * @typedef {object} Summary
 * @property {number} median
 * @property {number} lowest
 * @property {number} highest
 */

/** @param {number[]} samples at least one @returns {Summary} */
export function summarize(samples) {
  return { median: median(samples), lowest: min(samples), highest: max(samples) };
}

/**
 * How two interleaved series compare: the ratio in each round, since what disturbs one run of a round often disturbs
 * the other. The ends are the quartiles of the rounds.
 * @param {number[]} samples one of each round
 * @param {number[]} base of the same rounds
 */
export function compare(samples, base) {
  const ratios = samples.map((sample, round) => sample / (base[round] ?? Number.NaN));
  return { ratio: median(ratios), from: quantile(ratios, 0.25), to: quantile(ratios, 0.75) };
}
