namespace LstmOrleans.Numerics.Kernels;

/// <summary>Work in phases; the chunks of one phase may run at the same time, and a phase begins when the one before is complete.</summary>
internal interface ITeamWork
{
    void Run(int phase, int chunk);
}

/// <summary>Shares phased work between the caller and thread-pool threads without ever depending on them.</summary>
/// <remarks>
/// Chunks are handed out as tickets in order of phases, so whoever holds the lowest unfinished ticket can always run: a helper that the pool starts
/// late, or never, only leaves its share to the others. Between phases threads spin, because a phase is a time step and takes microseconds.
/// Which thread runs a chunk changes no bit of it.
/// </remarks>
internal sealed class WorkTeam : IThreadPoolWorkItem
{
    private const int Closed = int.MinValue;

    private readonly ITeamWork _work;
    private readonly int _chunks;
    private readonly long _tickets;
    private long _next;
    private long _done;
    private int _helpersInside;
    private Exception? _failure;

    private WorkTeam(ITeamWork work, int phases, int chunks) => (_work, _chunks, _tickets) = (work, chunks, (long)phases * chunks);

    /// <summary>Runs everything and returns when nobody touches the work any more. A failure of any chunk is thrown here.</summary>
    public static void Run(ITeamWork work, int phases, int chunks, int threads)
    {
        if (Math.Min(threads, chunks) > 1)
        {
            var team = new WorkTeam(work, phases, chunks);
            try
            {
                for (int helper = 1; helper < Math.Min(threads, chunks); helper++)
                    ThreadPool.UnsafeQueueUserWorkItem(team, preferLocal: false);
            }
            finally
            {
                // Also when the pool refused: a helper that was queued must not outlive this call.
                team.RunAsCaller();
            }

            return;
        }

        for (int phase = 0; phase < phases; phase++)
        {
            for (int chunk = 0; chunk < chunks; chunk++)
                work.Run(phase, chunk);
        }
    }

    void IThreadPoolWorkItem.Execute()
    {
        for (int inside = Volatile.Read(ref _helpersInside); ; inside = Volatile.Read(ref _helpersInside))
        {
            if (inside == Closed)
                return;
            if (Interlocked.CompareExchange(ref _helpersInside, inside + 1, inside) == inside)
                break;
        }

        TakeTickets();
        Interlocked.Decrement(ref _helpersInside);
    }

    private void RunAsCaller()
    {
        TakeTickets();
        var wait = new SpinWait();
        while (Interlocked.CompareExchange(ref _helpersInside, Closed, 0) != 0)
            wait.SpinOnce(sleep1Threshold: -1);
        if (_failure != null)
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(_failure);
    }

    private void TakeTickets()
    {
        for (long ticket = Interlocked.Increment(ref _next) - 1; ticket < _tickets; ticket = Interlocked.Increment(ref _next) - 1)
        {
            var (phase, chunk) = Math.DivRem(ticket, _chunks);
            var wait = new SpinWait();
            while (Volatile.Read(ref _done) < phase * _chunks)
                wait.SpinOnce(sleep1Threshold: -1);
            try
            {
                _work.Run((int)phase, (int)chunk);
            }
            catch (Exception e)
            {
                Interlocked.CompareExchange(ref _failure, e, null);
            }
            finally
            {
                Interlocked.Increment(ref _done);
            }
        }
    }
}
