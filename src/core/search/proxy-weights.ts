/** How much an error made at a step counts at the end: weights for the proxy's steps. */

/**
 * Errors made early move everything that follows, far beyond their own length. Of the powers 0 to 6 this one
 * ranked random masks as well as any on the bundled model's calibration pairs, and its best were the better ones. Weights fitted by
 * least squares to the final errors of real runs explain their length better and rank far worse.
 */
export const EARLY_ERROR_POWER = 1.5;

/** σ to a power at each step's start. */
export const sigmaWeights = (sigmas: readonly number[], power = EARLY_ERROR_POWER): number[] => sigmas.slice(0, -1).map((sigma) => sigma ** power);
