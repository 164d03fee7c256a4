import { join } from "node:path";
import { EXTENSION } from "./codeServer";

/** The extension as it is shipped, and the test models beside it. */
export const PACKAGED = ["dist/hydra-auto.vsix", "test-provider/dist/test-models.vsix"].map((file) =>
  join(EXTENSION, file),
);
