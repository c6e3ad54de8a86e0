// A run on SQLite beside one on Garnet, no more: runs mostly wait, but a silo that gets no processor for seconds is declared dead.
[assembly: Xunit.v3.Parallelization(MaxThreads = 2)]
