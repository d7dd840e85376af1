namespace ManagedDns.Engine.Transports;

/// <summary>What one UDP thread does until it is told to stop.</summary>
internal interface IUdpWorker : IDisposable
{
    /// <summary>Answers until <see cref="Stop"/>.</summary>
    void Run();

    /// <summary>Makes <see cref="Run"/> return soon. Called from another thread.</summary>
    void Stop();
}
