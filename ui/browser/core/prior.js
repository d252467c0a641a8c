// The prior N(0, I): the rate of a posterior towards it, and draws from it.

/** KL(N(mu, exp(logvar)) || N(0, 1)) per latent dimension, nats (Kingma & Welling 2014, appendix B). */
export const rates = (mu, logvar) => Array.from(mu, (m, i) => 0.5 * (m * m + Math.expm1(logvar[i]) - logvar[i]));

/** A function that draws from N(0, 1), by Box and Muller, two draws from each pair of random numbers. */
export function normals(random = Math.random) {
  let spare = null;
  return () => {
    if (spare !== null) {
      const draw = spare;
      spare = null;
      return draw;
    }
    const radius = Math.sqrt(-2 * Math.log(1 - random())),
      angle = 2 * Math.PI * random();
    spare = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  };
}

/** A draw from N(0, 1), by Box and Muller. */
export const normal = () => Math.sqrt(-2 * Math.log(1 - Math.random())) * Math.cos(2 * Math.PI * Math.random());
