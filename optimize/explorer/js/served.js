// The page as a server on this machine gives it: the explorer with its live parts.
import { startFollowing } from "./live.js";
import { whatIf } from "./whatif.js";
import { searchHere } from "./search_here.js";
import { app } from "./main.js";

startFollowing(app, () => whatIf.isChanged() || searchHere.isBusy());
