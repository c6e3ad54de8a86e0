namespace LstmOrleans.Silo.Telemetry;

/// <summary>What a call asked for; the values of <see cref="LstmMeter.OperationTag"/> in small letters.</summary>
internal enum CallKind
{
    /// <summary>Events of a stream.</summary>
    Step,

    /// <summary>Open, sessions, reset, close, fork, export, import.</summary>
    Operation,

    /// <summary>A batch forward.</summary>
    Forward,
}
