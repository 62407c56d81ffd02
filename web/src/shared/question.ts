/** How long the name of a saved question may be. */
export const NAME = 60;
