"""Train on several processes: each has a share of the data, and gradients are added by MPI.

    mpiexec -n 2 python train.py

One Allreduce of `pack(gradients)` a step; the module is compiled with `--also pack`.
"""

from pathlib import Path

import allreduce
import numpy as np
from mpi4py import MPI

DATA = Path(__file__).parent.parent / "data" / "breast_cancer.csv"

world = MPI.COMM_WORLD
table = np.loadtxt(DATA, delimiter=",", skiprows=1)
x, benign = table[:, :30], table[:, 30]
x = (x - x.mean(axis=0)) / x.std(axis=0)
mine = slice(world.rank, None, world.size)
share = len(x[mine]) / len(x)

vector = allreduce.pack(allreduce.init_params())
total = np.empty_like(vector)
for _ in range(200):
    params = allreduce.unpack(vector)
    J, gradients = allreduce.value_and_grad(params, x=x[mine], benign=benign[mine])
    world.Allreduce(share * allreduce.pack(gradients), total)
    vector -= 0.5 * total

J = allreduce.forward(allreduce.unpack(vector), x=x, benign=benign)[0].J
if world.rank == 0:
    print(f"{world.size} processes: J = {J:.12f} after 200 steps")
assert J < 0.061
