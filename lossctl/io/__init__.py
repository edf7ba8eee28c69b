"""Files in and out: npy, npz, delimited tables; atomic writers."""
