using LstmOrleans.Faults.Options;

namespace LstmOrleans.Faults.Schedule;

/// <summary>One kind of fault.</summary>
internal interface IFault
{
    /// <summary>Its name on the command line and in the table.</summary>
    string Name { get; }

    /// <summary>The longest pause of any stream that is allowed; null = no bar.</summary>
    TimeSpan? Bar => null;

    /// <summary>Why this kind has no place in such a run (it needs several silos, say); null = it has.</summary>
    string? NoPlace(FaultRunOptions options) => null;

    /// <summary>Why this machine does not permit it; null = it does.</summary>
    string? NotPermitted(FaultContext context) => null;

    /// <summary>Injects the fault, sees that it took effect, and takes it away again.</summary>
    /// <returns>What was done and how it was seen.</returns>
    /// <exception cref="NoEffectException">The fault did not take effect.</exception>
    Task<string> InjectAsync(FaultContext context, Random random, CancellationToken cancellation);
}

/// <summary>A fault that did nothing: a run that met it proves nothing.</summary>
internal sealed class NoEffectException(string message) : Exception(message);
