"""Functions that a module may need, to be run; `copied.py` has them as text.

Each is an ordinary, tested function that needs NumPy alone, and others of these.
"""

from gradc.targets.numpy.helpers.along import (
    _add_along_axis,
    _diagonal_adjoint,
    _last_along_axis,
    _last_put,
    _put_along_axis,
    _recurrence,
    _scatter_add,
    _shifted,
)
from gradc.targets.numpy.helpers.convolution import (
    _at,
    _columns_by_tile,
    _conv2d,
    _conv2d_input,
    _conv2d_weight,
    _seen,
    _shifts,
    _tiles,
)
from gradc.targets.numpy.helpers.doors import (
    _indices,
    _labels,
    _names,
    _narrowed,
)
from gradc.targets.numpy.helpers.draws import (
    _dropout_mask,
    _generator,
    _normal,
    _uniform,
)
from gradc.targets.numpy.helpers.matrices import (
    _cofactors,
    _expm,
    _expm_slope,
    _inverse,
)
from gradc.targets.numpy.helpers.series import (
    _lgamma,
    _polygamma,
    _sinc_derivative,
)
from gradc.targets.numpy.helpers.special import (
    _erf,
    _erf_single,
    _erfc,
    _erfcx,
    _guarded,
    _odd_quotient,
    _sigmoid,
)
from gradc.targets.numpy.helpers.windows import (
    _add_windows,
    _max_pool2d,
    _max_pool2d_adjoint,
    _max_pool2d_pick,
    _pool_taps,
    _windows,
)
from gradc.targets.numpy.helpers.workspace import Workspace
from gradc.targets.python.helpers.approximations import (
    _erfcx_right,
    _erfinv,
    _quotient,
)
from gradc.targets.python.helpers.orthogonal import (
    _orthogonal,
)

__all__ = [
    "Workspace",
    "_add_along_axis",
    "_add_windows",
    "_at",
    "_cofactors",
    "_columns_by_tile",
    "_conv2d",
    "_conv2d_input",
    "_conv2d_weight",
    "_diagonal_adjoint",
    "_dropout_mask",
    "_erf",
    "_erf_single",
    "_erfc",
    "_erfcx",
    "_erfcx_right",
    "_erfinv",
    "_expm",
    "_expm_slope",
    "_generator",
    "_guarded",
    "_indices",
    "_inverse",
    "_labels",
    "_last_along_axis",
    "_last_put",
    "_lgamma",
    "_max_pool2d",
    "_max_pool2d_adjoint",
    "_max_pool2d_pick",
    "_names",
    "_narrowed",
    "_normal",
    "_odd_quotient",
    "_orthogonal",
    "_polygamma",
    "_pool_taps",
    "_put_along_axis",
    "_quotient",
    "_recurrence",
    "_scatter_add",
    "_seen",
    "_shifted",
    "_shifts",
    "_sigmoid",
    "_sinc_derivative",
    "_tiles",
    "_uniform",
    "_windows",
]
