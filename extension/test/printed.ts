/** What the suite in the extension host prints begins with this: the console that carries it is the whole
 * workbench's. */
export const PRINTED = "HYDRA| ";
