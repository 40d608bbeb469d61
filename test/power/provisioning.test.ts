import { powerTests } from "./suite.js";

powerTests("provisioning", { every: 1, seed: 1 });
