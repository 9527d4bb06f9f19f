// The theme's icons, instead of the theme's own script, which holds all two thousand. A build fails
// over a page with an icon that is not here (tools/nwbook/vendor.py).
import { dom, library } from "@fortawesome/fontawesome-svg-core";
import { faGithub } from "@fortawesome/free-brands-svg-icons/faGithub";
import { faAngleLeft } from "@fortawesome/free-solid-svg-icons/faAngleLeft";
import { faAngleRight } from "@fortawesome/free-solid-svg-icons/faAngleRight";
import { faArrowUp } from "@fortawesome/free-solid-svg-icons/faArrowUp";
import { faBars } from "@fortawesome/free-solid-svg-icons/faBars";
import { faCircleHalfStroke } from "@fortawesome/free-solid-svg-icons/faCircleHalfStroke";
import { faCode } from "@fortawesome/free-solid-svg-icons/faCode";
import { faDownload } from "@fortawesome/free-solid-svg-icons/faDownload";
import { faLightbulb } from "@fortawesome/free-solid-svg-icons/faLightbulb";
import { faList } from "@fortawesome/free-solid-svg-icons/faList";
import { faMagnifyingGlass } from "@fortawesome/free-solid-svg-icons/faMagnifyingGlass";
import { faMoon } from "@fortawesome/free-solid-svg-icons/faMoon";
import { faPencilAlt } from "@fortawesome/free-solid-svg-icons/faPencilAlt";
import { faSun } from "@fortawesome/free-solid-svg-icons/faSun";

library.add(
  faAngleLeft,
  faAngleRight,
  faArrowUp,
  faBars,
  faCircleHalfStroke,
  faCode,
  faDownload,
  faGithub,
  faLightbulb,
  faList,
  faMagnifyingGlass,
  faMoon,
  faPencilAlt,
  faSun,
);

// Once: pages get no icons later, and an observer would be woken by every frame of an explorer.
dom.i2svg();
