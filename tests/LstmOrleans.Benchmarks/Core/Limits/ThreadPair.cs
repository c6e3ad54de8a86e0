using System.Diagnostics;

namespace LstmOrleans.Benchmarks.Core.Limits;

/// <summary>Runs the same work on one thread or on two at once, and gives the time until the last is done.</summary>
internal sealed class ThreadPair : IDisposable
{
    private readonly SemaphoreSlim _wake = new(0);
    private readonly Thread _second;
    private Action<int>? _work;
    private int _state;

    private const int Idle = 0;
    private const int Ready = 1;
    private const int Started = 2;
    private const int Done = 3;

    public ThreadPair()
    {
        _second = new Thread(Loop) { IsBackground = true, Name = "second of a pair" };
        _second.Start();
    }

    /// <param name="threads">1 or 2.</param>
    /// <param name="work">Is given 0 on the caller's thread and 1 on the other.</param>
    public double Seconds(int threads, Action<int> work)
    {
        if (threads == 1)
        {
            long alone = Stopwatch.GetTimestamp();
            work(0);
            return Stopwatch.GetElapsedTime(alone).TotalSeconds;
        }

        _work = work;
        Volatile.Write(ref _state, Idle);
        _wake.Release();
        SpinUntil(Ready);
        long start = Stopwatch.GetTimestamp();
        Volatile.Write(ref _state, Started);
        work(0);
        SpinUntil(Done);
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    public void Dispose()
    {
        _work = null;
        _wake.Release();
        _second.Join();
        _wake.Dispose();
    }

    private void Loop()
    {
        for (; ; )
        {
            _wake.Wait();
            if (_work is not { } work)
                return;
            Volatile.Write(ref _state, Ready);
            SpinUntil(Started);
            work(1);
            Volatile.Write(ref _state, Done);
        }
    }

    private void SpinUntil(int state)
    {
        while (Volatile.Read(ref _state) != state)
            Thread.SpinWait(1);
    }
}
